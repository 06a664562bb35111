#pragma once

// argon2id on threads of its own, so that nothing else ever waits behind a password.
// Knows no user and no store.

#include <roster/error.hpp>
#include <roster/secret.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace roster::accounts {

/// The cost of a hash. Source: OWASP Password Storage Cheat Sheet, argon2id.
struct HashCost {
    std::size_t memory_kib = 19 * 1024;
    unsigned passes = 2;
};

/// What a password turned out to be.
struct Verdict {
    bool matches = false;
    /// The hash was made at another cost than today's: hash again, now that the password is known.
    bool outdated = false;
    /// There is a hash, but none that roster can check, or dares to: nobody can log in with it.
    bool unusable = false;
};

/// What checking a password against this hash would cost; nothing where it is no argon2 PHC string.
/// Source: the PHC string format, `$argon2id$v=19$m=KIB,t=PASSES,p=LANES$SALT$HASH`.
std::optional<HashCost> cost_of(std::string_view phc) noexcept;

/// Hashes at once, on the calling thread. Gives a PHC string.
/// Errors: `overloaded` (no memory), `internal` (libsodium cannot be used).
/// Threads: any.
result<Secret> hash_password(const Secret& password, HashCost cost = {});

/// Threads: any.
/// Cancellation: none.
/// Lifetime: outlives every awaitable it has given out.
class PasswordHasher {
  public:
    /// `threads` 0: as many as there are cores.
    /// Throws: `StartupError` where libsodium cannot be used.
    PasswordHasher(std::size_t threads, std::size_t max_waiting, HashCost cost = {});
    ~PasswordHasher();

    PasswordHasher(const PasswordHasher&) = delete;
    PasswordHasher& operator=(const PasswordHasher&) = delete;

    /// Gives a PHC string. Errors: `overloaded` (`max_waiting` hashes wait already).
    boost::asio::awaitable<result<Secret>> hash(Secret password);

    /// An empty hash matches nothing, and costs what a real one does. Errors: `overloaded`.
    /// So does a hash of more than 1 GiB of memory or unreasonably many passes: whoever can write
    /// into the store must not be able to eat the machine with it.
    boost::asio::awaitable<result<Verdict>> verify(Secret phc, Secret password);

    /// The hashes and verifications that were taken on so far.
    std::uint64_t jobs() const noexcept;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace roster::accounts
