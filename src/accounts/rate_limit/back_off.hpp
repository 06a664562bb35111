#pragma once

// How long whoever guesses wrong has to wait: a few failures are free, then each doubles the wait.
// Knows neither who guesses nor where it is written down.

#include "accounts/rate_limit/limits.hpp"

#include <chrono>
#include <cstdint>

namespace roster::accounts {

/// The wait after so many failures; zero where they are free.
std::chrono::milliseconds wait_after(std::uint32_t failures, const RateLimits& limits) noexcept;

/// An attempt is reserved before it is verified, and counts as a failure until it has ended:
/// otherwise any number of guesses sent at once would all pass before the first of them failed.
class BackOff {
  public:
    BackOff() = default;
    BackOff(std::uint32_t failures, Instant last) noexcept : failures_(failures), last_(last) {}

    /// Zero where one more attempt may be made now.
    std::chrono::milliseconds wait(const RateLimits& limits, Instant now) const noexcept;
    /// The same if nothing were under way.
    std::chrono::milliseconds settled_wait(const RateLimits& limits, Instant now) const noexcept;

    void reserve() noexcept { ++in_flight_; }
    /// Ends a reserved attempt, and charges nothing.
    void release() noexcept { --in_flight_; }
    /// Ends a reserved attempt as a failure.
    void fail(const RateLimits& limits, Instant now) noexcept;
    /// Forgets the failures. Attempts under way stay reserved.
    void forgive() noexcept;

    /// When there is nothing left to remember.
    Instant forgotten_at(const RateLimits& limits) const noexcept;
    std::uint32_t failures(const RateLimits& limits, Instant now) const noexcept;
    std::uint32_t failures() const noexcept { return failures_; }
    std::uint32_t in_flight() const noexcept { return in_flight_; }
    Instant last() const noexcept { return last_; }

  private:
    std::uint32_t failures_ = 0;
    std::uint32_t in_flight_ = 0;
    Instant last_{};
};

}  // namespace roster::accounts
