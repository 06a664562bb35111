#include "protocol/http/escapes.hpp"

namespace roster::protocol::http {
namespace {

int hex_digit(char c) noexcept {
    if (is_digit(c)) return c - '0';
    const char lower = ascii_lower(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool is_unreserved(char c) {
    constexpr std::string_view kMarks = "-._~";
    return is_ascii_alphanumeric(c) || kMarks.find(c) != kMarks.npos;
}

}  // namespace

int escaped_byte(std::string_view text) noexcept {
    if (text.size() < 3) return -1;
    const int high = hex_digit(text[1]);
    const int low = hex_digit(text[2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

bool append_unescaped(std::string_view text, bool plus_is_space, WipedText& out) {
    const std::size_t begin = out.size();
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '%') {
            const int byte = escaped_byte(text.substr(i));
            if (byte <= 0) return false;
            c = static_cast<char>(byte);
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        out.push_back(c);
    }
    return count_code_points({out.data() + begin, out.size() - begin}).has_value();
}

void append_escaped(std::string_view text, bool (*is_kept)(char), std::string& out) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    for (const char c : text) {
        if (is_kept(c)) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += kDigits[byte >> 4U];
        out += kDigits[byte & 0xFU];
    }
}

std::string escaped(std::string_view text) {
    std::string out;
    append_escaped(text, is_unreserved, out);
    return out;
}

}  // namespace roster::protocol::http
