#pragma once

// argon2id on threads of its own, so that nothing else ever waits behind a password.
// Knows no user and no store.

#include <roster/error.hpp>
#include <roster/secret.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <memory>

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
};

/// Hashes at once, on the calling thread. Gives a PHC string. Errors: `overloaded` (no memory).
result<Secret> hash_password(const Secret& password, HashCost cost = {});

/// Threads: any.
/// Cancellation: none.
/// Lifetime: outlives every awaitable it has given out.
class PasswordHasher {
  public:
    /// `threads` 0: as many as there are cores.
    PasswordHasher(std::size_t threads, std::size_t max_waiting, HashCost cost = {});
    ~PasswordHasher();

    PasswordHasher(const PasswordHasher&) = delete;
    PasswordHasher& operator=(const PasswordHasher&) = delete;

    /// Gives a PHC string. Errors: `overloaded` (`max_waiting` hashes wait already).
    boost::asio::awaitable<result<Secret>> hash(Secret password);

    /// An empty hash matches nothing, and costs what a real one does. Errors: `overloaded`.
    boost::asio::awaitable<result<Verdict>> verify(Secret phc, Secret password);

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace roster::accounts
