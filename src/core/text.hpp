#pragma once

// Text as bytes: ASCII without a locale, and UTF-8.
// Knows no grammar of any protocol.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace roster {

constexpr char ascii_lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

constexpr bool is_ascii_alphanumeric(char c) noexcept {
    const char lower = ascii_lower(c);
    return is_digit(c) || (lower >= 'a' && lower <= 'z');
}

/// Whether two ASCII texts differ in nothing but case.
bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept;

/// The code points of well-formed UTF-8; nothing where it is not well-formed.
/// Source: Unicode 15, table 3-7.
std::optional<std::size_t> count_code_points(std::string_view utf8) noexcept;

/// Whether text is well-formed UTF-8 without control characters (U+0000–U+001F, U+007F–U+009F).
bool is_clean_text(std::string_view utf8) noexcept;

/// Requires: one well-formed character.
char32_t code_point_of(std::string_view character) noexcept;

/// What ends a line somewhere, or shows a reader another text than is there: control characters,
/// line and paragraph separators, directions, invisible ones, tags.
bool is_deceptive(char32_t code) noexcept;

/// As \uHHHH, and beyond the first plane as two of them.
void append_json_escape(char32_t code, std::string& out);

/// Text from outside, made fit for a log line: what is deceptive and bytes that are no UTF-8 become
/// \xHH, and what is longer than `max_bytes` is cut.
std::string printable(std::string_view text, std::size_t max_bytes = 256);

}  // namespace roster
