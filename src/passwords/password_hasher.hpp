#pragma once

// Passwords hashed with argon2id, and compared with the hashes that roster knows, on threads of
// their own, so that nothing else ever waits behind a password. Knows no user and no store.

#include <roster/error.hpp>
#include <roster/secret.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace roster::passwords {

/// The cost of a hash of ours. Source: OWASP Password Storage Cheat Sheet, argon2id.
struct HashCost {
    std::size_t memory_kib = 19 * 1024;
    unsigned passes = 2;
};

/// Whether a hash of this cost can be made, and checked later: at least 8 KiB and one pass, at most
/// what a log-in may cost (`kMaxArgon2WorkKib`, `kMaxArgon2Passes`).
bool is_bearable(HashCost cost) noexcept;

/// What a password turned out to be.
struct Verdict {
    bool matches = false;
    /// The hash is not argon2id at today's cost: hash again, now that the password is known.
    bool outdated = false;
    /// There is a hash, but none that roster can check, or dares to: nobody can log in with it.
    bool unusable = false;
};

/// Hashes at once, on the calling thread. Gives a PHC string.
/// Errors: `overloaded` (no memory), `invalid_request` (the cost is not bearable), `internal`
/// (libsodium cannot be used).
/// Threads: any.
result<Secret> hash_password(const Secret& password, HashCost cost = {});

/// Threads: any.
/// Cancellation: none.
/// Lifetime: outlives every awaitable it has given out.
class PasswordHasher {
  public:
    /// At most `max_waiting` passwords wait, and at most so many that the last of them has to wait
    /// for about `max_wait`: a moving average of the time that one takes, times those that wait,
    /// by the threads.
    ///
    /// `threads` 0: as many as there are cores.
    /// Throws: `StartupError` (`invalid_request`: the cost is not bearable; `overloaded`: there is
    /// not even the memory for one hash; `internal`: libsodium cannot be used).
    PasswordHasher(std::size_t threads, std::size_t max_waiting, HashCost cost = {},
                   std::chrono::milliseconds max_wait = std::chrono::seconds(4));
    ~PasswordHasher();

    PasswordHasher(const PasswordHasher&) = delete;
    PasswordHasher& operator=(const PasswordHasher&) = delete;

    /// Gives a PHC string. Errors: `overloaded` (too many wait already).
    boost::asio::awaitable<result<Secret>> hash(Secret password);

    /// Of any scheme that `read_password_format` calls checkable. An empty hash matches nothing,
    /// and costs what a hash at today's cost does; so does one that is not checkable, be it that it
    /// would cost too much: whoever can write into the store must not be able to eat the machine
    /// with it.
    ///
    /// A hash of another scheme or cost takes as long as it takes: until its owner has logged in
    /// once, the time of an answer tells his address from an unknown one.
    ///
    /// Errors: `overloaded`.
    boost::asio::awaitable<result<Verdict>> verify(Secret hash, Secret password);

    /// The hashes and verifications that were taken on so far.
    std::uint64_t jobs() const noexcept;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace roster::passwords
