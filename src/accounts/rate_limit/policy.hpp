#pragma once

// The numbers of the rate limiter, all of them; docs/RATE_LIMITING.md says what they promise.

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace roster::accounts {

/// The limiter's own time: starts at the wall clock's, and never jumps while the server runs.
using Instant = std::chrono::sys_time<std::chrono::milliseconds>;

struct RateLimits {
    bool enabled = true;

    /// Wrong guesses that cost no wait. The next one costs `first_wait`, each after that twice as
    /// long as the one before, up to `longest_wait`.
    std::uint32_t free_failures = 5;
    std::chrono::milliseconds first_wait = std::chrono::seconds(1);
    std::chrono::milliseconds longest_wait = std::chrono::seconds(900);
    /// After the last failure, but not before its wait is over.
    std::chrono::milliseconds forget_after = std::chrono::hours(1);

    /// Wrong guesses at one account within any hour, from anywhere.
    std::uint32_t account_per_hour = 100;
    /// The last of these are for holders of a session and for known networks.
    std::uint32_t reserved_per_hour = 10;

    std::uint32_t sign_ups_per_hour = 20;

    /// A network is known to an account for this long after a log-in from there.
    std::chrono::milliseconds known_for = std::chrono::days(30);
    /// Of all accounts together.
    std::size_t known_networks = 131'072;

    /// The capacity of each other kind of bucket.
    std::size_t buckets = 65'536;

    /// How long an attempt waits for others that are under way.
    std::chrono::milliseconds patience = std::chrono::seconds(4);
};

}  // namespace roster::accounts
