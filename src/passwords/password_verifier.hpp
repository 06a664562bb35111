#pragma once

// Verifies a password against a hash of any scheme that can be checked.
// Blocks for as long as the hash costs; knows no threads and no cost of today.

#include <roster/error.hpp>
#include <roster/secret.hpp>

#include "core/password_format.hpp"

namespace roster::passwords {

/// Compares in a time that does not tell how much of the hash is right.
///
/// With all but argon2, a password with a NUL matches nothing: these schemes would see only what is
/// before it. crypt(5)'s `$5$`, `$6$` and `$7$` take passwords of up to 511 bytes; longer ones
/// match nothing. bcrypt sees only the first 72 bytes, as in every program.
///
/// Requires: `format` was read from `hash`, and is `checkable`.
/// Errors: `overloaded` (no memory), `internal` (libsodium cannot be used).
/// Threads: any.
result<bool> verify_password(const Secret& hash, const PasswordFormat& format,
                             const Secret& password);

/// The password's bytes; never null, as libsodium asks. Lifetime: of the password.
const char* bytes_of(const Secret& password) noexcept;

}  // namespace roster::passwords
