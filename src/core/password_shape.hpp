#pragma once

// Telling hashes that cannot be read from plain passwords, by their looks. Wrong in doubt is to
// say "plain": the owner would be locked out, and the hash itself would be the password.

#include <string_view>

namespace roster {

/// A hash of some other scheme or program: `$1$…`, `$pbkdf2-…`, `{SSHA}…`, `pbkdf2_sha256$…`.
bool looks_foreign(std::string_view text) noexcept;

/// What one wrong letter in the head of a hash leaves of it. Looks at its end: no person ends a
/// password with a dollar and thirty letters.
bool looks_like_a_damaged_hash(std::string_view text) noexcept;

}  // namespace roster
