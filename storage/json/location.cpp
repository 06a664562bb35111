#include "storage/json/location.hpp"

#include "core/json/json_parser.hpp"

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

namespace {

// Counts tokens until a user has the id.
class UserFinder final : public JsonHandler {
  public:
    explicit UserFinder(std::uint64_t id) : id_(id) {}

    bool name(std::string_view name) override {
        ++token_;
        is_id_ = depth_ == 3 && name == "id";
        return true;
    }
    bool number(const JsonNumber& number) override {
        ++token_;
        return !(is_id_ && number.whole == id_);
    }
    bool string(std::string_view) override { return step(); }
    bool literal(std::string_view) override { return step(); }
    bool begin_object() override { return begin(); }
    bool begin_array() override { return begin(); }
    bool end_object() override { return end(); }
    bool end_array() override { return end(); }

    std::size_t user() const noexcept { return user_; }

  private:
    bool step() {
        ++token_;
        is_id_ = false;
        return true;
    }
    bool begin() {
        if (++depth_ == 3) user_ = token_ + 1;
        return step();
    }
    bool end() {
        --depth_;
        return step();
    }

    std::uint64_t id_;
    std::size_t token_ = static_cast<std::size_t>(-1);
    std::size_t user_ = 0;
    std::size_t depth_ = 0;
    bool is_id_ = false;
};

}  // namespace

Place place_of_user(std::string_view json, std::uint64_t id) {
    UserFinder finder(id);
    const bool is_found = parse_tokens(json, finder).refused;
    return is_found ? place_of_token(json, finder.user()) : Place();
}

Place place_of_token(std::string_view json, std::size_t number) noexcept {
    return place_of(json, offset_of_token(json, number));
}

}  // namespace roster::storage
