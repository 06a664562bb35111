#pragma once

// Hashes passwords with argon2id, and verifies them against all hashes that roster knows, on
// threads of its own, so that nothing else waits for a password. Knows no user and no store.

#include <roster/error.hpp>
#include <roster/secret.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace roster {
struct PasswordFormat;
}

namespace roster::passwords {

/// The cost of a hash of ours. Source: OWASP Password Storage Cheat Sheet, argon2id.
struct HashCost {
    std::size_t memory_kib = 19 * 1024;
    unsigned passes = 2;
};

/// Whether a hash of this cost can be made, and checked later: at least 8 KiB and one pass, at most
/// what a log-in may cost (`kMaxArgon2WorkKib`, `kMaxArgon2Passes`).
bool is_bearable(HashCost cost) noexcept;

/// Whether it costs more than four times what a hash of today's cost does, or about as long with
/// other schemes.
bool is_heavy(const PasswordFormat& format, HashCost today) noexcept;

/// What the verification of a password came to.
struct Verdict {
    bool matches = false;
    /// The hash is not argon2id, or takes less work (memory times passes) than one of today's cost:
    /// hash again, now that the password is known.
    bool outdated = false;
    /// There is a hash, but roster cannot check it, or it would cost too much.
    bool unusable = false;
};

/// Hashes on the calling thread. Returns a PHC string.
/// Errors: `overloaded` (no memory), `invalid_request` (the cost is not bearable), `internal`
/// (libsodium cannot be used).
/// Threads: any.
result<Secret> hash_password(const Secret& password, HashCost cost = {});

/// Threads: any.
/// Cancellation: none.
/// Lifetime: outlives every awaitable it has given out.
class PasswordHasher {
  public:
    /// At most `max_waiting` passwords wait, and no more than take about `max_wait`, estimated from
    /// a moving average.
    ///
    /// `threads` 0: as many as there are cores.
    /// Throws: `StartupError` (`invalid_request`: the cost is not bearable; `overloaded`: no
    /// memory for even one hash; `internal`: libsodium cannot be used).
    PasswordHasher(std::size_t threads, std::size_t max_waiting, HashCost cost = {},
                   std::chrono::milliseconds max_wait = std::chrono::seconds(4));
    ~PasswordHasher();

    PasswordHasher(const PasswordHasher&) = delete;
    PasswordHasher& operator=(const PasswordHasher&) = delete;

    /// Returns a PHC string. Errors: `overloaded` (too many wait already).
    boost::asio::awaitable<result<Secret>> hash(Secret password);

    /// Against a hash that `read_password_format` calls checkable. Any other matches nothing and
    /// costs what a hash at today's cost does: an empty one, and one that would cost too much.
    ///
    /// A hash of another scheme or cost takes as long as it takes: until its user has logged in
    /// once, the time of an answer tells the e-mail from an unknown one. Those that cost more than
    /// four times as much are verified one at a time, and wait for each other alone.
    ///
    /// Errors: `overloaded` (too many wait already, or memory is short).
    boost::asio::awaitable<result<Verdict>> verify(Secret hash, Secret password);

    /// The hashes and verifications that were accepted so far.
    std::uint64_t jobs() const noexcept;

    /// Of those: how many are under way, and how many wait.
    struct Load {
        std::size_t running = 0;
        std::size_t waiting = 0;
    };
    Load load() const noexcept;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace roster::passwords
