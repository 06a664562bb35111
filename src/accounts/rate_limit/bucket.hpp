#pragma once

// What the rate limiter keeps for one key: a few numbers, which are also its record, and the rules
// for them. Knows no key, no map and no clock.

#include <roster/user.hpp>

#include "accounts/rate_limit/policy.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>

namespace roster::accounts {

class Waiter;

/// Which refusals are worth a line in the audit log: the first of a wait, the tenth, the
/// hundredth … A flood writes as many lines as its count has digits.
class RefusalCount {
  public:
    /// How many refusals the line for this one stands for; 0 if it is worth none.
    std::uint64_t refused() noexcept;
    /// The wait is over. Refusals without a line are counted by the next one.
    void admitted() noexcept { in_a_row_ = 0; }

  private:
    std::uint64_t in_a_row_ = 0;
    std::uint64_t without_line_ = 0;
};

struct Wait {
    bool is_any() const noexcept { return time.count() > 0; }

    /// Zero: one more attempt may be made now.
    std::chrono::milliseconds time{};
    /// Only attempts under way are in the way.
    bool is_crowded = false;
};

/// The wait after so many failures; zero while they are free.
std::chrono::milliseconds wait_after(std::uint32_t failures, const RateLimits& limits) noexcept;

/// Each kind of bucket uses some of the numbers and leaves the others at zero.
struct Bucket {
    static constexpr std::chrono::minutes kSpan{5};
    static constexpr std::size_t kSpans = 13;

    /// Of the last failure, sign-up or log-in that was counted.
    Instant last{};
    /// Wrong guesses of a network, or at an account from a network.
    std::uint32_t failures = 0;
    /// What happened within the hour before `last`, in spans of five minutes, that of `last` first:
    /// less than an hour ago is always counted, more than 65 minutes ago never.
    std::array<std::uint16_t, kSpans> hourly{};
    /// Of a network that is known to an account: one more than the account's at the log-in.
    Revision credentials = 0;

    // Not part of the record. Attempts under way count as failures until they end: otherwise any
    // number of guesses sent at once would pass before the first of them has failed.
    std::uint32_t in_flight = 0;
    /// First come, first served.
    std::list<Waiter*> waiters;
    RefusalCount refusals;

    /// Of an account from one network, where one attempt may be under way at a time.
    Wait wait_for_turn(const RateLimits& limits, Instant now) const noexcept;
    /// Of a network, where as many may be under way as may fail.
    Wait wait_as_network(const RateLimits& limits, Instant now) const noexcept;
    /// For one more of at most `limit` an hour.
    Wait wait_hourly(std::uint32_t limit, Instant now) const noexcept;

    void count_failure(const RateLimits& limits, Instant now) noexcept;
    void count_hourly(Instant now) noexcept;
    /// Takes the latest one back.
    void uncount_hourly() noexcept;

    bool is_in_use() const noexcept { return in_flight != 0 || !waiters.empty(); }
    bool is_empty() const noexcept;
    bool has_penalty(const RateLimits& limits) const noexcept;
    /// When its numbers mean nothing any more.
    Instant over_at(const RateLimits& limits) const noexcept;

    /// "1764234000000 7 0": `last` in milliseconds, `failures`, `credentials` and the hourly
    /// counts, without zeros at the end.
    std::string record() const;
    static std::optional<Bucket> parse(std::string_view record);
};

}  // namespace roster::accounts
