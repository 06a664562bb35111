#pragma once

// Tells hashes that cannot be read from plain passwords, by their looks. Wrong in doubt is to say
// "plain": the user would be locked out, and the hash itself would be the password.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace roster {

/// The shortest digest of a known scheme is bcrypt's.
inline constexpr std::size_t kShortestDigestLetters = 31;

enum class HashStatus : std::uint8_t {
    /// Empty: nobody can log in.
    none,
    plain,
    /// A hash of a known scheme, at a cost that a log-in can afford.
    checkable,
    /// Looks like a hash, but is not well-formed. As a plain password it would lock the user out,
    /// and let in anybody who has seen the hash.
    damaged,
    /// A well-formed hash beyond the limits above.
    too_costly,
    /// A hash of a scheme that cannot be checked.
    foreign,
    /// What an unsalted hash without a name looks like. It may be a plain password that a machine
    /// made.
    bare,
    /// A checkable or too costly hash behind the name that another program gives it.
    wrapped,
};

/// Lifetime: `text` is a part of what was read, or a constant.
struct HashLooks {
    HashStatus status = HashStatus::none;
    /// `bare`: "an unsalted MD5 hash". `wrapped`: the wrapper.
    std::string_view text;
};

/// Of a text that does not begin as a checkable hash does: `plain`, `foreign`, `damaged`, `bare`,
/// or `wrapped` if such a beginning follows a wrapper. Threads: any.
HashLooks looks_of(std::string_view text) noexcept;

}  // namespace roster
