#pragma once

// What the throttle remembers of one key, and how much it would matter to forget it.
// Knows no key and no table.

#include "accounts/rate_limit/back_off.hpp"
#include "accounts/rate_limit/limits.hpp"
#include "accounts/rate_limit/sliding_counter.hpp"
#include "core/ip_network.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace roster::accounts {

/// Which refusals are worth a line in the audit log: the first of a wait, the tenth, the
/// hundredth … A flood then writes as many lines as its count has digits.
class RefusalCount {
  public:
    /// How many refusals the line for this one stands for; 0 where it is worth none.
    std::uint64_t refused() noexcept;
    /// The wait is over. What no line has stood for yet, the next one will.
    void admitted() noexcept { in_a_row_ = 0; }

  private:
    std::uint64_t in_a_row_ = 0;
    std::uint64_t unsaid_ = 0;
};

/// Wrong guesses of a guesser at an account, or of a network at all accounts.
struct StepsEntry {
    /// Nothing to remember, and never was.
    bool is_empty() const noexcept { return steps.failures() == 0 && steps.in_flight() == 0; }
    std::uint64_t weight(const RateLimits& limits, Instant now) const noexcept;
    Instant forgotten_at(const RateLimits& limits) const noexcept;

    BackOff steps;
    RefusalCount refusals;
    /// Came back from a restart after its time; it will not do so twice.
    bool is_late = false;
};

/// How an account and whoever guesses at it stand to each other.
enum class ClientTrust : std::uint8_t {
    stranger,
    /// Comes from a network that the account was logged in from.
    known,
    /// Holds a live session of the account.
    in_session,
};

/// Wrong guesses at an account, from anywhere.
struct GuessesEntry {
    bool is_empty() const noexcept;
    std::uint64_t weight(const RateLimits& limits, Instant now) const noexcept;
    Instant forgotten_at(const RateLimits& limits) const noexcept;

    SlidingCounter& counted(ClientTrust auth_state) noexcept {
        return auth_state == ClientTrust::stranger ? strangers : others;
    }
    std::uint32_t& in_flight(ClientTrust auth_state) noexcept {
        return auth_state == ClientTrust::stranger ? strangers_in_flight : others_in_flight;
    }
    /// Zero where one more may guess now.
    std::chrono::milliseconds wait(ClientTrust auth_state, const RateLimits& limits,
                                   Instant now) const noexcept;
    /// The same if nothing were under way.
    std::chrono::milliseconds settled_wait(ClientTrust auth_state, const RateLimits& limits,
                                           Instant now) const noexcept;

    SlidingCounter strangers;
    SlidingCounter others;
    std::uint32_t strangers_in_flight = 0;
    std::uint32_t others_in_flight = 0;
    RefusalCount refusals;
    bool is_late = false;
};

/// Accounts that were made from a network.
struct SignUpsEntry {
    bool is_empty() const noexcept { return made.is_empty() && in_flight == 0; }
    std::uint64_t weight(const RateLimits& limits, Instant now) const noexcept;
    Instant forgotten_at(const RateLimits& limits) const noexcept;
    std::chrono::milliseconds wait(const RateLimits& limits, Instant now) const noexcept;

    SlidingCounter made;
    std::uint32_t in_flight = 0;
    RefusalCount refusals;
    bool is_late = false;
};

/// The networks an account was logged in from.
struct KnownEntry {
    struct Known {
        IpNetwork network;
        Instant since;
    };

    bool knows(const IpNetwork& network, const RateLimits& limits, Instant now) const noexcept;
    /// False where that was known well enough already: less than a day ago.
    bool add(const IpNetwork& network, const RateLimits& limits, Instant now);
    Instant newest() const noexcept;
    std::uint64_t weight(const RateLimits& limits, Instant now) const noexcept;
    Instant forgotten_at(const RateLimits& limits) const noexcept;

    std::vector<Known> networks;
};

}  // namespace roster::accounts
