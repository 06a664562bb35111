#include "cli/import/password_hash_check.hpp"

#include "vocabulary/password_format.hpp"

namespace roster::cli {

std::optional<std::string> why_hash_refused(std::string_view text) {
    const PasswordFormat format = read_password_format(text);
    switch (format.standing) {
        case PasswordStanding::checkable: return std::nullopt;
        case PasswordStanding::none: return "is empty; leave it out";
        case PasswordStanding::plain:
            return "is no hash that roster knows; a plain password belongs into password";
        case PasswordStanding::damaged: return why_refused(format) + "; copy it once more";
        case PasswordStanding::too_costly:
        case PasswordStanding::foreign:
            return why_refused(format) + "; leave it out, and set a new password afterwards";
    }
    return std::nullopt;
}

bool is_hash_like(std::string_view text) noexcept {
    const PasswordStanding standing = read_password_format(text).standing;
    return standing != PasswordStanding::none && standing != PasswordStanding::plain;
}

}  // namespace roster::cli
