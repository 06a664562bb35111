#include "import_export/imported_user.hpp"

#include "accounts/credentials.hpp"
#include "core/password_format.hpp"

namespace roster::import_export {

std::optional<std::string> why_hash_refused(std::string_view text) {
    const PasswordFormat format = read_password_format(text);
    switch (format.status) {
        case HashStatus::checkable: return std::nullopt;
        case HashStatus::none: return "is empty; leave it out";
        case HashStatus::plain:
            return "is not a hash that roster knows; a plain password belongs into password";
        case HashStatus::wrapped: return why_refused(format);
        case HashStatus::damaged:
            if (text.find("$$") != text.npos)
                return "has each $ twice, as Docker Compose wants it; write it once";
            return why_refused(format) + "; copy it once more";
        case HashStatus::too_costly:
        case HashStatus::foreign:
        case HashStatus::bare:
            return why_refused(format) + "; leave it out, and set a new password afterwards";
    }
    return std::nullopt;
}

bool is_hash_like(std::string_view text) noexcept {
    const HashStatus status = read_password_format(text).status;
    return status != HashStatus::none && status != HashStatus::plain && status != HashStatus::bare;
}

Imported check_imported(ParsedUser user, std::size_t line) {
    if (user.email.empty()) return LineProblem(line, "email is missing; every user needs one");
    const auto email = accounts::check_email(user.email);
    if (!email) return LineProblem(line, email.error().message() + "; correct it");
    if (!user.password.empty() && is_hash_like(user.password.reveal()))
        return LineProblem(line, "password looks like a hash; hashes belong into password_hash");
    if (!user.password_hash.empty())
        if (const auto refused = why_hash_refused(user.password_hash.reveal()))
            return LineProblem(line, "password_hash " + *refused);
    if (!user.password.empty() && !user.password_hash.empty())
        return LineProblem(line, "password and password_hash are both there; keep one of them");
    return ImportedUser(std::move(user), line);
}

}  // namespace roster::import_export
