#pragma once

// The numbers of the throttle, all of them.

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace roster::accounts {

/// The throttle's own time: reads like the clock on the wall, and never jumps while it runs.
using Instant = std::chrono::sys_time<std::chrono::milliseconds>;

/// What "an hour" is wherever something is counted per hour.
inline constexpr std::chrono::hours kHour{1};
/// What somebody waits for whom only attempts under way are in the way.
inline constexpr std::chrono::seconds kMoment{1};
/// Stores keep a record so much longer than it counts: clocks are wrong at times.
inline constexpr std::chrono::hours kClockDoubt{24};

struct RateLimits {
    bool enabled = true;

    /// So many wrong guesses cost no wait; the next one costs `first_wait`, each after that twice
    /// the wait before, up to `longest_wait`.
    std::uint32_t free_failures = 5;
    std::chrono::milliseconds first_wait = std::chrono::seconds(1);
    std::chrono::milliseconds longest_wait = std::chrono::seconds(900);
    /// After the last failure; no sooner than its wait is over.
    std::chrono::milliseconds forget_after = std::chrono::hours(1);

    /// Wrong guesses at one account within any hour, from anywhere. The last of them are for the
    /// holders of a live session only.
    std::uint32_t account_per_hour = 100;
    /// Where so many were made, by whomever, known networks have no more either.
    std::uint32_t known_per_hour = 90;
    /// So many of them strangers may make.
    std::uint32_t strangers_per_hour = 80;

    std::uint32_t sign_ups_per_hour = 20;

    /// Since the last log-in from there.
    std::chrono::milliseconds known_for = std::chrono::days(30);
    /// Networks that are known for one account.
    std::size_t known_per_account = 16;
    /// Accounts for which networks are known.
    std::size_t known_accounts = 131'072;

    /// Of each other kind: accounts with networks, networks, accounts, networks that sign up.
    std::size_t entries = 65'536;
};

}  // namespace roster::accounts
