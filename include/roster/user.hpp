#pragma once

// A user account as all rooms know it.
// Knows no rule (who may change what) and no encoding (JSON, SQL, HTTP).

#include <roster/secret.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace roster {

/// Ids start at 1, grow, and are never given twice; 0 is nobody.
using UserId = std::uint64_t;

/// Counts the changes of a store; every committed write has one of its own.
using Revision = std::uint64_t;

enum class Role : std::uint8_t { admin = 1, user = 2 };

/// "admin" or "user".
std::string_view to_string(Role role) noexcept;
std::optional<Role> parse_role(std::string_view text) noexcept;

/// The form in which two e-mail addresses are compared: ASCII letters in lower case.
std::string fold_email(std::string_view email);

/// Units: times are UTC, to the second.
struct User {
    User() = default;  // not an aggregate: it is passed to awaited functions

    UserId id = 0;
    std::string email;
    /// A PHC string; empty where an account has no password, and always empty in the client.
    Secret password_hash;
    Role role = Role::user;
    bool disabled = false;
    std::chrono::sys_seconds created_at{};
    std::chrono::sys_seconds updated_at{};
    /// The store's revision at the last change of this user.
    Revision revision = 0;
    /// The store's revision when the password last became another one, or the account was last
    /// disabled or enabled. Whatever was proved before that, on a connection or for a session,
    /// counts no more.
    Revision credentials_revision = 0;
    /// What others keep about the user: the compact text of a JSON object, never empty. roster does
    /// not look into it. Always "{}" in the client.
    std::string metadata = "{}";
};

}  // namespace roster
