#include "storage/json/book_place.hpp"

#include <algorithm>

namespace roster::storage {
namespace {

std::size_t end_of_string(std::string_view json, std::size_t quote) noexcept {
    std::size_t i = quote + 1;
    while (i < json.size() && json[i] != '"')
        i += json[i] == '\\' ? 2 : 1;
    return i + 1;
}

std::size_t end_of_token(std::string_view json, std::size_t begin) noexcept {
    constexpr std::string_view kBrackets = "{}[]";
    constexpr std::string_view kEnds = " \t\r\n,:{}[]\"";
    if (json[begin] == '"') return end_of_string(json, begin);
    if (kBrackets.find(json[begin]) != std::string_view::npos) return begin + 1;
    return std::min(json.find_first_of(kEnds, begin), json.size());
}

}  // namespace

Place place_of(std::string_view text, std::size_t offset) noexcept {
    const std::string_view before = text.substr(0, offset);
    const auto newline = before.rfind('\n');
    const std::string_view line =
        newline == std::string_view::npos ? before : before.substr(newline + 1);
    const auto begins_character = [](char c) { return (static_cast<unsigned char>(c) >> 6) != 2; };
    Place place;
    place.line += static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
    place.column +=
        static_cast<std::size_t>(std::count_if(line.begin(), line.end(), begins_character));
    return place;
}

std::size_t offset_of_token(std::string_view json, std::size_t number) noexcept {
    std::size_t offset = 0;
    for (;;) {
        offset = json.find_first_not_of(" \t\r\n,:", offset);
        if (offset == std::string_view::npos) return json.size();
        if (number-- == 0) return offset;
        offset = end_of_token(json, offset);
    }
}

}  // namespace roster::storage
