#pragma once

// Percent-escapes of URLs and forms. Source: RFC 3986 §2.1.

#include "core/text.hpp"
#include "core/wiping_allocator.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace roster::protocol::http {

using WipedText = std::vector<char, WipingAllocator<char>>;

/// Appends the text without its escapes. False: one is broken or NUL, or what was appended is not
/// UTF-8.
bool append_unescaped(std::string_view text, bool plus_is_space, WipedText& out);

/// Unreserved, reserved and the percent sign: what a URL may have.
constexpr bool is_url_character(char c) noexcept {
    constexpr std::string_view kMarks = "-._~:/?#[]@!$&'()*+,;=%";
    return is_ascii_alphanumeric(c) || kMarks.find(c) != kMarks.npos;
}

/// What may stand for itself in the value of a query's parameter.
constexpr bool is_parameter_character(char c) noexcept {
    constexpr std::string_view kMarks = "-._~:/?@!$'()*,;";
    return is_ascii_alphanumeric(c) || kMarks.find(c) != kMarks.npos;
}

/// Appends the text, with each byte as %HH that is not kept.
void append_escaped(std::string_view text, bool (*is_kept)(char), std::string& out);

/// As a value of a query: all but `[A-Za-z0-9-._~]` is escaped.
std::string escaped(std::string_view text);

/// The byte of an escape at the beginning of a text, or -1.
int escaped_byte(std::string_view text) noexcept;

}  // namespace roster::protocol::http
