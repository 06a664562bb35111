#include <roster/user.hpp>

#include "core/text.hpp"

namespace roster {

std::string_view to_string(Role role) noexcept {
    switch (role) {
        case Role::admin: return "admin";
        case Role::user: return "user";
    }
    return "user";
}

std::optional<Role> parse_role(std::string_view text) noexcept {
    if (text == "admin") return Role::admin;
    if (text == "user") return Role::user;
    return std::nullopt;
}

std::string fold_email(std::string_view email) {
    std::string folded(email);
    for (char& c : folded)
        c = ascii_lower(c);
    return folded;
}

}  // namespace roster
