#pragma once

// Percent-encoding. Knows no message. Source: RFC 3986 §2.

#include "core/text.hpp"

#include <string>
#include <string_view>

namespace roster::protocol {

/// Unreserved, reserved and the percent sign: what a URL may have.
constexpr bool is_url_character(char c) noexcept {
    constexpr std::string_view kMarks = "-._~:/?#[]@!$&'()*+,;=%";
    return is_ascii_alphanumeric(c) || kMarks.find(c) != kMarks.npos;
}

/// What may stand for itself in the value of a query parameter.
constexpr bool is_parameter_character(char c) noexcept {
    constexpr std::string_view kMarks = "-._~:/?@!$'()*,;";
    return is_ascii_alphanumeric(c) || kMarks.find(c) != kMarks.npos;
}

/// Appends the text, with each byte as %HH that is not kept.
void append_escaped(std::string_view text, bool (*is_kept)(char), std::string& out);

}  // namespace roster::protocol
