#pragma once

// `user:EMAIL,PASSWORD,OPTION`: what a body says. Knows no framing: where a body ends is decided
// elsewhere, and asks here what the bytes so far would mean.

#include "protocol/classic/messages.hpp"

#include <cstddef>
#include <string_view>

namespace roster::protocol::classic {

inline constexpr std::string_view kBodyPrefix = "user:";

/// Whether `missing` more bytes would turn the option of a well-formed POST into a valid one.
bool lacks(std::string_view body, std::size_t missing) noexcept;

/// The text of a refusal names the rule and never repeats what was sent: it may be a password.
Message decode_message(Method method, std::string_view body);

}  // namespace roster::protocol::classic
