#include "accounts/credentials.hpp"

#include "core/text.hpp"

#include <cstddef>

namespace roster::accounts {

// Length in bytes comes first, so that nobody makes us read a megabyte to reject it.
result<void> check_email(std::string_view email) noexcept {
    constexpr std::size_t kMinCodePoints = 2;
    constexpr std::size_t kMaxBytes = 254;
    if (email.size() > kMaxBytes) return Errc::email_too_long;
    if (!is_clean_text(email)) return Errc::email_not_text;
    if (count_code_points(email).value_or(0) < kMinCodePoints) return Errc::email_too_short;
    return {};
}

}  // namespace roster::accounts
