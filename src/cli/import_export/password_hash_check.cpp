#include "cli/import_export/password_hash_check.hpp"

#include "core/password_format.hpp"

namespace roster::cli {

std::optional<std::string> why_hash_refused(std::string_view text) {
    const PasswordFormat format = read_password_format(text);
    switch (format.status) {
        case HashStatus::checkable: return std::nullopt;
        case HashStatus::none: return "is empty; leave it out";
        case HashStatus::plain:
            return "is no hash that roster knows; a plain password belongs into password";
        case HashStatus::damaged: return why_refused(format) + "; copy it once more";
        case HashStatus::too_costly:
        case HashStatus::foreign:
            return why_refused(format) + "; leave it out, and set a new password afterwards";
    }
    return std::nullopt;
}

bool is_hash_like(std::string_view text) noexcept {
    const HashStatus status = read_password_format(text).status;
    return status != HashStatus::none && status != HashStatus::plain;
}

}  // namespace roster::cli
