#include "core/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace roster {
namespace {

constexpr std::size_t kMalformed = 0;

unsigned char byte_at(std::string_view s, std::size_t i) noexcept {
    return i < s.size() ? static_cast<unsigned char>(s[i]) : 0;
}

bool between(unsigned char b, unsigned char low, unsigned char high) noexcept {
    return b >= low && b <= high;
}

bool is_control(std::string_view code_point) noexcept {
    const unsigned char b0 = byte_at(code_point, 0);
    if (code_point.size() == 1) return b0 < 0x20 || b0 == 0x7F;
    return b0 == 0xC2 && byte_at(code_point, 1) < 0xA0;
}

std::string escaped(std::string_view bytes) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string out;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        out += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
    }
    return out;
}

void append_unit(char32_t unit, std::string& out) {
    constexpr std::string_view kHex = "0123456789abcdef";
    out += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4)
        out += kHex[(unit >> shift) & 15U];
}

}  // namespace

std::optional<std::uint64_t> parse_digits(std::string_view text) noexcept {
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || stop != end) return std::nullopt;
    return number;
}

std::size_t character_bytes(std::string_view utf8) noexcept {
    const unsigned char b0 = byte_at(utf8, 0);
    const unsigned char b1 = byte_at(utf8, 1);
    const auto tail = [&](std::size_t i) { return between(byte_at(utf8, i), 0x80, 0xBF); };
    if (b0 < 0x80) return 1;
    if (between(b0, 0xC2, 0xDF)) return tail(1) ? 2 : kMalformed;
    if (between(b0, 0xE0, 0xEF)) {
        const unsigned char low = b0 == 0xE0 ? 0xA0 : 0x80;
        const unsigned char high = b0 == 0xED ? 0x9F : 0xBF;
        return between(b1, low, high) && tail(2) ? 3 : kMalformed;
    }
    if (between(b0, 0xF0, 0xF4)) {
        const unsigned char low = b0 == 0xF0 ? 0x90 : 0x80;
        const unsigned char high = b0 == 0xF4 ? 0x8F : 0xBF;
        return between(b1, low, high) && tail(2) && tail(3) ? 4 : kMalformed;
    }
    return kMalformed;
}

std::optional<std::size_t> count_code_points(std::string_view utf8) noexcept {
    std::size_t count = 0;
    while (!utf8.empty()) {
        const std::size_t length = character_bytes(utf8);
        if (length == kMalformed) return std::nullopt;
        utf8.remove_prefix(length);
        ++count;
    }
    return count;
}

bool is_clean_text(std::string_view utf8) noexcept {
    while (!utf8.empty()) {
        const std::size_t length = character_bytes(utf8);
        if (length == kMalformed || is_control(utf8.substr(0, length))) return false;
        utf8.remove_prefix(length);
    }
    return true;
}

char32_t code_point_of(std::string_view character) noexcept {
    if (character.size() == 1) return byte_at(character, 0);
    char32_t code = byte_at(character, 0) & (0x7FU >> character.size());
    for (std::size_t i = 1; i < character.size(); ++i)
        code = (code << 6U) | (byte_at(character, i) & 0x3FU);
    return code;
}

bool is_deceptive(char32_t code) noexcept {
    constexpr std::array<std::pair<char32_t, char32_t>, 21> kRanges{{
        {0x00, 0x1F},       {0x7F, 0xA0},     {0xAD, 0xAD},       {0x034F, 0x034F},
        {0x061C, 0x061C},   {0x115F, 0x1160}, {0x1680, 0x1680},   {0x17B4, 0x17B5},
        {0x180B, 0x180F},   {0x2000, 0x200F}, {0x2028, 0x202F},   {0x205F, 0x206F},
        {0x2800, 0x2800},   {0x3164, 0x3164}, {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},
        {0xFFA0, 0xFFA0},   {0xFFF0, 0xFFFB}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A},
        {0xE0000, 0xE0FFF},
    }};
    return std::any_of(kRanges.begin(), kRanges.end(), [code](const auto& range) {
        return code >= range.first && code <= range.second;
    });
}

bool is_plain_to_see(std::string_view utf8) noexcept {
    constexpr char32_t kWideSpace = 0x3000;
    if (utf8.starts_with(' ') || utf8.ends_with(' ')) return false;
    while (!utf8.empty()) {
        const std::size_t length = character_bytes(utf8);
        if (length == kMalformed) return false;
        const char32_t code = code_point_of(utf8.substr(0, length));
        if (is_deceptive(code) || code == kWideSpace) return false;
        utf8.remove_prefix(length);
    }
    return true;
}

void append_json_escape(char32_t code, std::string& out) {
    if (code < 0x10000) return append_unit(code, out);
    append_unit(0xD800U + ((code - 0x10000U) >> 10U), out);
    append_unit(0xDC00U + ((code - 0x10000U) & 0x3FFU), out);
}

std::string printable(std::string_view text, std::size_t max_bytes) {
    std::string out;
    while (!text.empty()) {
        const std::size_t length = character_bytes(text);
        const std::string_view character = text.substr(0, std::max<std::size_t>(length, 1));
        const bool clean = length != kMalformed && !is_deceptive(code_point_of(character));
        const std::string shown = clean ? std::string(character) : escaped(character);
        if (out.size() + (clean ? shown.size() : 1) > max_bytes) return out + "…";
        out += shown;
        text.remove_prefix(character.size());
    }
    return out;
}

std::string masked_url(std::string_view url) {
    std::string masked(url);
    const std::size_t slashes = masked.find("//");
    if (slashes != std::string::npos) {
        const std::size_t authority = slashes + 2;
        // An unescaped '/' or '?' belongs to no password, but may have been written into one.
        std::size_t at = masked.substr(0, masked.find_first_of("/?#", authority)).rfind('@');
        if (at == std::string::npos) at = masked.rfind('@');
        const std::size_t colon = masked.find(':', authority);
        if (at != std::string::npos && colon < at) masked.replace(colon + 1, at - colon - 1, "***");
    }
    constexpr std::string_view kName = "password=";
    for (auto found = masked.find(kName); found != std::string::npos;
         found = masked.find(kName, found + 1)) {
        const std::size_t value = found + kName.size();
        masked.replace(value, std::min(masked.find('&', value), masked.size()) - value, "***");
    }
    return masked;
}

}  // namespace roster
