#pragma once

// Tells what a stored password is: a hash that roster can check and what that costs, a hash that it
// cannot check, or a plain password. The one parser of hashes, for stores, imports and log-ins.
// Knows no hash function.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace roster {

enum class HashStatus : std::uint8_t {
    /// Empty: nobody can log in.
    none,
    plain,
    /// A hash of a known scheme, at a cost that a log-in can afford.
    checkable,
    /// Looks like a hash, but is not well-formed. As a plain password it would lock the user out,
    /// and let in anybody who has seen the hash.
    damaged,
    /// A well-formed hash beyond the limits below.
    too_costly,
    /// A hash of a scheme that cannot be checked.
    foreign,
    /// What an unsalted hash without a name looks like. It may be a plain password that a machine
    /// made.
    bare,
    /// A checkable or too costly hash behind the name that another program gives it.
    wrapped,
};

/// The hashes that can be checked.
enum class HashScheme : std::uint8_t {
    /// `$argon2id$v=19$m=KIB,t=PASSES,p=LANES$SALT$HASH`. Source: RFC 9106, the PHC string format.
    argon2id,
    /// The same as `$argon2i$`.
    argon2i,
    /// `$2a$`, `$2b$` or `$2y$`, two digits, 22 letters of salt and 31 of hash.
    bcrypt,
    /// `$scrypt$ln=LOG2_N,r=R,p=P$SALT$HASH`. Source: RFC 7914; the form is passlib's.
    scrypt,
    /// `$7$`: scrypt as crypt(5) and libsodium write it.
    scrypt_crypt,
    /// `$5$[rounds=N$]SALT$HASH`. Source: Drepper, "Unix crypt using SHA-256 and SHA-512".
    sha256_crypt,
    /// `$6$[rounds=N$]SALT$HASH`.
    sha512_crypt,
};

std::string_view name_of(HashScheme scheme) noexcept;

struct Argon2Cost {
    std::uint32_t memory_kib = 0;
    std::uint32_t passes = 0;
    std::uint32_t lanes = 0;
};

struct BcryptCost {
    std::uint32_t log2_rounds = 0;
};

struct ScryptCost {
    std::uint32_t log2_n = 0;
    std::uint32_t r = 0;
    std::uint32_t p = 0;
};

struct ShaCryptCost {
    std::uint32_t rounds = 0;
};

// What a log-in may cost, whatever the store holds: nobody who can write a hash into it may use up
// the machine with it. Each is about a second of a slow core.

/// Memory filled over all passes; so the memory itself is at most 1 GiB.
inline constexpr std::uint64_t kMaxArgon2WorkKib = 1024 * 1024;
inline constexpr std::uint32_t kMaxArgon2Passes = 100;
inline constexpr std::uint32_t kMaxArgon2Lanes = 64;
inline constexpr std::uint32_t kMaxBcryptLog2Rounds = 14;
/// 128 * N * r * p; so the memory, which is 128 * N * r, is at most that.
inline constexpr std::uint64_t kMaxScryptWorkBytes = 256 * 1024 * 1024;
inline constexpr std::uint32_t kMaxScryptR = 32;
inline constexpr std::uint32_t kMaxScryptP = 16;
/// Each round reads the password, too: one of hundreds of bytes takes several times as long.
inline constexpr std::uint32_t kMaxShaCryptRounds = 1'000'000;

/// Lifetime: `salt`, `digest` and `looks` are parts of the text that was read, or constants.
struct PasswordFormat {
    HashStatus status = HashStatus::none;
    /// Set if the text is `checkable` or `too_costly`, or `damaged` after the name of its scheme.
    std::optional<HashScheme> scheme;
    std::variant<std::monostate, Argon2Cost, BcryptCost, ScryptCost, ShaCryptCost> cost;
    std::string_view salt;
    std::string_view digest;
    /// `bare`: "an unsalted MD5 hash". `wrapped`: the wrapper.
    std::string_view looks;
};

/// Threads: any.
PasswordFormat read_password_format(std::string_view text) noexcept;

inline bool is_checkable_hash(std::string_view text) noexcept {
    return read_password_format(text).status == HashStatus::checkable;
}

/// The shortest digest of a known scheme is bcrypt's.
inline constexpr std::size_t kShortestDigestLetters = 31;

/// `status` and `looks` of a text that does not begin as a checkable hash does: `plain`, `foreign`,
/// `damaged`, `bare`, or `wrapped` if such a beginning follows a wrapper. Wrong in doubt is to say
/// "plain": the user would be locked out, and the hash itself would be the password.
/// Threads: any.
std::pair<HashStatus, std::string_view> looks_of(std::string_view text) noexcept;

/// For the operator, to follow "this password" or a name: why such a hash cannot be used. Empty for
/// `none`, `plain` and `checkable`.
std::string why_refused(const PasswordFormat& format);

}  // namespace roster
