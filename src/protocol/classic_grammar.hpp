#pragma once

// `user:EMAIL,PASSWORD,OPTION`: what a body says. Knows no framing: where a body ends is decided
// elsewhere, and asks here what the bytes so far would mean.

#include "protocol/classic.hpp"

#include <cstddef>
#include <string_view>

namespace roster::protocol::classic {

inline constexpr std::string_view kBodyPrefix = "user:";

/// Without the line ends behind it; a typed body has them.
std::string_view without_line_ends(std::string_view body) noexcept;

/// What stands behind the last comma. Requires: a comma.
std::string_view option_of(std::string_view body) noexcept;

/// Whether a body is a whole, valid one for POST or PUT, so that more bytes could only spoil it
/// (or, in an id, make another number of it).
bool is_exact(Method method, std::string_view body) noexcept;

/// Whether `missing` more bytes would turn the option of a well-formed POST into a valid one.
bool lacks(std::string_view body, std::size_t missing) noexcept;

/// The text of a refusal names the rule and never repeats what was sent: it may be a password.
Message decode_message(Method method, std::string_view body);

}  // namespace roster::protocol::classic
