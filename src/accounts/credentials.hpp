#pragma once

// What an e-mail address must look like.
// Knows no user, and not whether an address is taken.

#include <roster/error.hpp>

#include <string_view>

namespace roster::accounts {

/// At least 2 code points, at most 254 bytes, UTF-8 without control characters.
/// Errors: `email_not_text`, `email_too_short`, `email_too_long`.
result<void> check_email(std::string_view email) noexcept;

}  // namespace roster::accounts
