#pragma once

// What the "password" of a book holds: a hash that can be checked, one that cannot, or a plain
// password. Knows no hashing.

#include <string_view>

namespace roster::storage {

enum class PasswordValue {
    /// The account has none: nobody can log in.
    none,
    plain,
    /// A PHC string of argon2id or argon2i, with costs that a log-in can afford.
    hash,
    /// Looks like such a PHC string, but is not well-formed or costs too much.
    bad_hash,
    /// Another kind of hash: it cannot be checked, and to hash it again would lock its owner out.
    foreign_hash,
};

PasswordValue classify_password(std::string_view value) noexcept;

}  // namespace roster::storage
