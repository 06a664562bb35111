#pragma once

// What an e-mail address must look like.
// Knows no user, and not whether an address is taken.

#include <roster/error.hpp>

#include "core/text.hpp"

#include <cstddef>
#include <string_view>

namespace roster::accounts {

/// At least 2 code points, at most 254 bytes, and plain to see.
/// Errors: `email_not_text`, `email_too_short`, `email_too_long`.
inline result<void> check_email(std::string_view email) noexcept {
    constexpr std::size_t kMinCodePoints = 2;
    constexpr std::size_t kMaxBytes = 254;
    // Length in bytes comes first, so that nobody makes us read a megabyte to reject it.
    if (email.size() > kMaxBytes) return Errc::email_too_long;
    if (!is_plain_to_see(email)) return Errc::email_not_text;
    if (count_code_points(email).value_or(0) < kMinCodePoints) return Errc::email_too_short;
    return {};
}

}  // namespace roster::accounts
