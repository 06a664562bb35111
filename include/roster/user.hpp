#pragma once

// A user account as all modules know it.
// Knows no rule (who may change what) and no encoding (JSON, SQL, HTTP).

#include <roster/secret.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace roster {

/// Ids start at 1, grow, and are never used again; 0 is no user.
using UserId = std::uint64_t;

/// Counts the changes of a store; every committed write has its own.
using Revision = std::uint64_t;

enum class Role : std::uint8_t { admin = 1, user = 2 };

/// "admin" or "user".
std::string_view to_string(Role role) noexcept;
std::optional<Role> parse_role(std::string_view text) noexcept;

/// The form in which e-mail addresses and usernames are compared: ASCII letters in lower case.
std::string fold_email(std::string_view email);

/// What a user may have beside the e-mail; all of it optional, and empty if it is absent.
/// `core/user_profile.hpp` has the rules.
struct UserProfile {
    UserProfile() = default;  // not an aggregate, as User

    /// Unique, compared as `fold_email` does; no other user's e-mail either, so that a log-in means
    /// one user.
    std::string username;
    std::string name;
    /// Sorted, each once.
    std::vector<std::string> groups;
    /// Reset by a change of the e-mail that does not set it.
    std::optional<std::chrono::sys_seconds> email_verified_at;
    /// A language tag, like "de-CH".
    std::string locale;

    bool operator==(const UserProfile&) const = default;
};

/// Units: times are UTC, to the second.
struct User {
    User() = default;  // not an aggregate: it is passed to awaited functions

    UserId id = 0;
    std::string email;
    UserProfile profile;
    /// A PHC string; empty if the account has no password, and always empty in the client.
    Secret password_hash;
    Role role = Role::user;
    bool disabled = false;
    std::chrono::sys_seconds created_at{};
    std::chrono::sys_seconds updated_at{};
    /// Changes neither `updated_at` nor `revision`.
    std::optional<std::chrono::sys_seconds> last_login_at;
    /// The store's revision at the last change of this user.
    Revision revision = 0;
    /// The store's revision when the password was last changed, or the account was last disabled or
    /// enabled. Log-ins from before that, on connections and in sessions, are no longer
    /// valid.
    Revision credentials_revision = 0;
    /// What other programs store about the user: a JSON object as compact text, never empty. roster
    /// does not interpret it. Always "{}" in the client.
    std::string metadata = "{}";
};

}  // namespace roster
