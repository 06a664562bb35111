#include "accounts/credentials.hpp"

#include "vocabulary/text.hpp"

#include <cstddef>

namespace roster::accounts {
namespace {

constexpr std::size_t kMinCodePoints = 2;
constexpr std::size_t kMaxEmailBytes = 254;
constexpr std::size_t kMaxPasswordBytes = 1024;

// Length in bytes comes first, so that nobody makes us read a megabyte to call it no text.
result<void> check(std::string_view text, std::size_t max_bytes, Errc too_short, Errc too_long,
                   Errc not_text) noexcept {
    if (text.size() > max_bytes) return too_long;
    if (!is_clean_text(text)) return not_text;
    if (count_code_points(text).value_or(0) < kMinCodePoints) return too_short;
    return {};
}

}  // namespace

result<void> check_email(std::string_view email) noexcept {
    return check(email, kMaxEmailBytes, Errc::email_too_short, Errc::email_too_long,
                 Errc::email_not_text);
}

result<void> check_password(const Secret& password) noexcept {
    return check(password.reveal(), kMaxPasswordBytes, Errc::password_too_short,
                 Errc::password_too_long, Errc::password_not_text);
}

}  // namespace roster::accounts
