#pragma once

// Text as bytes: ASCII without a locale, and UTF-8.
// Knows no grammar of any protocol.

#include <cstddef>
#include <cstdint>
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

/// Compares ASCII texts, from their ends: names of headers begin alike.
constexpr bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
    if (a.size() != b.size()) return false;
    for (std::size_t i = a.size(); i > 0; --i)
        if (a[i - 1] != b[i - 1] && ascii_lower(a[i - 1]) != ascii_lower(b[i - 1])) return false;
    return true;
}

/// Decimal digits and nothing else; leading zeros too.
std::optional<std::uint64_t> parse_digits(std::string_view text) noexcept;

/// The length in bytes of the first character of a text; 0 if it is not well-formed UTF-8.
/// Requires: the text is not empty.
std::size_t character_bytes(std::string_view utf8) noexcept;

/// The number of code points; `nullopt` if it is not well-formed UTF-8.
/// Source: Unicode 15, table 3-7.
std::optional<std::size_t> count_code_points(std::string_view utf8) noexcept;

/// Whether text is well-formed UTF-8 without control characters (U+0000–U+001F, U+007F–U+009F).
bool is_clean_text(std::string_view utf8) noexcept;

/// Requires: one well-formed character.
char32_t code_point_of(std::string_view character) noexcept;

/// Characters that some programs take for the end of a line, or that make a text look different
/// from what it is: control characters, separators, direction marks, invisible characters, tags,
/// and spaces that look like U+0020.
/// Source: Unicode 15, Default_Ignorable_Code_Point and Space_Separator.
bool is_deceptive(char32_t code) noexcept;

/// Whether nobody can take the text for another one because of what cannot be seen: well-formed
/// UTF-8 without deceptive characters, wide spaces, and spaces at its ends.
bool is_plain_to_see(std::string_view utf8) noexcept;

/// "\uHHHH", or a surrogate pair of them.
void append_json_escape(char32_t code, std::string& out);

/// Makes text from outside safe for a log line: deceptive characters and bytes that are not UTF-8
/// become \xHH, and texts longer than `max_bytes` are cut.
std::string printable(std::string_view text, std::size_t max_bytes = 256);

/// A URL with *** for its passwords: of "scheme://user:password@host", and of the parameters
/// `password` and `sslpassword`. Whatever may be a password is taken for one.
std::string masked_url(std::string_view url);

}  // namespace roster
