#include "vocabulary/text.hpp"

#include <algorithm>

namespace roster {
namespace {

constexpr std::size_t kMalformed = 0;

unsigned char byte_at(std::string_view s, std::size_t i) noexcept {
    return i < s.size() ? static_cast<unsigned char>(s[i]) : 0;
}

bool between(unsigned char b, unsigned char low, unsigned char high) noexcept {
    return b >= low && b <= high;
}

// The length in bytes of the code point that `s` begins with, or kMalformed.
std::size_t code_point_bytes(std::string_view s) noexcept {
    const unsigned char b0 = byte_at(s, 0);
    const unsigned char b1 = byte_at(s, 1);
    const auto tail = [&](std::size_t i) { return between(byte_at(s, i), 0x80, 0xBF); };
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

bool is_control(std::string_view code_point) noexcept {
    const unsigned char b0 = byte_at(code_point, 0);
    if (code_point.size() == 1) return b0 < 0x20 || b0 == 0x7F;
    return b0 == 0xC2 && byte_at(code_point, 1) < 0xA0;
}

std::string escaped(unsigned char byte) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    return {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
}

}  // namespace

bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return ascii_lower(x) == ascii_lower(y); });
}

std::optional<std::size_t> count_code_points(std::string_view utf8) noexcept {
    std::size_t count = 0;
    while (!utf8.empty()) {
        const std::size_t length = code_point_bytes(utf8);
        if (length == kMalformed) return std::nullopt;
        utf8.remove_prefix(length);
        ++count;
    }
    return count;
}

bool is_clean_text(std::string_view utf8) noexcept {
    while (!utf8.empty()) {
        const std::size_t length = code_point_bytes(utf8);
        if (length == kMalformed || is_control(utf8.substr(0, length))) return false;
        utf8.remove_prefix(length);
    }
    return true;
}

std::string printable(std::string_view text, std::size_t max_bytes) {
    std::string out;
    while (!text.empty()) {
        const std::size_t length = code_point_bytes(text);
        const bool clean = length != kMalformed && !is_control(text.substr(0, length));
        const std::size_t taken = clean ? length : 1;
        if (out.size() + taken > max_bytes) return out + "…";
        out += clean ? std::string(text.substr(0, taken)) : escaped(byte_at(text, 0));
        text.remove_prefix(taken);
    }
    return out;
}

}  // namespace roster
