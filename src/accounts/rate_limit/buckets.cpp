#include "accounts/rate_limit/buckets.hpp"

#include "accounts/rate_limit/bucket_table.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace roster::accounts {
namespace {

using std::chrono::milliseconds;

// What counts for more weighs more, and among equals what is newer.
std::uint64_t weight_of(std::uint32_t count, Instant newest) noexcept {
    const auto seconds =
        std::chrono::floor<std::chrono::seconds>(newest.time_since_epoch()).count();
    return std::uint64_t{count} << 32 | static_cast<std::uint32_t>(seconds);
}

milliseconds wait_for(std::uint32_t counted, std::uint32_t in_flight, std::uint32_t limit,
                      milliseconds until_below) noexcept {
    if (counted >= limit) return until_below;
    return counted + in_flight >= limit ? milliseconds(kMoment) : milliseconds(0);
}

bool is_power_of_ten(std::uint64_t number) noexcept {
    while (number >= 10 && number % 10 == 0)
        number /= 10;
    return number == 1;
}

}  // namespace

std::uint64_t RefusalCount::refused() noexcept {
    ++unsaid_;
    return is_power_of_ten(++in_a_row_) ? std::exchange(unsaid_, 0) : 0;
}

std::uint64_t StepsEntry::weight(const RateLimits& limits, Instant now) const noexcept {
    if (steps.in_flight() > 0) return kPinned;
    return weight_of(steps.failures(limits, now), steps.last());
}

Instant StepsEntry::forgotten_at(const RateLimits& limits) const noexcept {
    return steps.forgotten_at(limits);
}

bool GuessesEntry::is_empty() const noexcept {
    return strangers.is_empty() && others.is_empty() && strangers_in_flight == 0 &&
           others_in_flight == 0;
}

std::uint64_t GuessesEntry::weight(const RateLimits&, Instant now) const noexcept {
    if (strangers_in_flight > 0 || others_in_flight > 0) return kPinned;
    return weight_of(strangers.rough_total(now) + others.rough_total(now),
                     SlidingCounter::begin_of(std::max(strangers.newest(), others.newest())));
}

Instant GuessesEntry::forgotten_at(const RateLimits&) const noexcept {
    return std::max(strangers.forgotten_at(), others.forgotten_at());
}

milliseconds GuessesEntry::wait(ClientTrust auth_state, const RateLimits& limits,
                                Instant now) const noexcept {
    SlidingCounter all = strangers;
    all.add(others);
    const std::uint32_t limit = auth_state == ClientTrust::in_session
                                    ? limits.account_per_hour
                                    : std::min(limits.known_per_hour, limits.account_per_hour);
    const milliseconds of_all = wait_for(all.total(now), strangers_in_flight + others_in_flight,
                                         limit, all.wait_below(limit, now));
    if (auth_state != ClientTrust::stranger) return of_all;
    const milliseconds of_strangers =
        wait_for(strangers.total(now), strangers_in_flight, limits.strangers_per_hour,
                 strangers.wait_below(limits.strangers_per_hour, now));
    return std::max(of_all, of_strangers);
}

milliseconds GuessesEntry::settled_wait(ClientTrust auth_state, const RateLimits& limits,
                                        Instant now) const noexcept {
    GuessesEntry settled = *this;
    settled.strangers_in_flight = 0;
    settled.others_in_flight = 0;
    return settled.wait(auth_state, limits, now);
}

std::uint64_t SignUpsEntry::weight(const RateLimits&, Instant now) const noexcept {
    if (in_flight > 0) return kPinned;
    return weight_of(made.rough_total(now), SlidingCounter::begin_of(made.newest()));
}

Instant SignUpsEntry::forgotten_at(const RateLimits&) const noexcept {
    return made.forgotten_at();
}

milliseconds SignUpsEntry::wait(const RateLimits& limits, Instant now) const noexcept {
    return wait_for(made.total(now), in_flight, limits.sign_ups_per_hour,
                    made.wait_below(limits.sign_ups_per_hour, now));
}

bool KnownEntry::knows(const IpNetwork& network, const RateLimits& limits,
                       Instant now) const noexcept {
    return std::any_of(networks.begin(), networks.end(), [&](const Known& known) {
        return known.network == network && now < known.since + limits.known_for;
    });
}

bool KnownEntry::add(const IpNetwork& network, const RateLimits& limits, Instant now) {
    const auto found = std::find_if(networks.begin(), networks.end(),
                                    [&](const Known& known) { return known.network == network; });
    if (found != networks.end()) {
        const bool is_fresh =
            now < found->since + std::min<milliseconds>(std::chrono::days(1), limits.known_for / 2);
        if (!is_fresh) found->since = now;
        return !is_fresh;
    }
    if (networks.size() >= std::max<std::size_t>(limits.known_per_account, 1)) {
        networks.erase(
            std::min_element(networks.begin(), networks.end(),
                             [](const Known& a, const Known& b) { return a.since < b.since; }));
    }
    networks.push_back({network, now});
    return true;
}

Instant KnownEntry::newest() const noexcept {
    Instant newest{};
    for (const Known& known : networks)
        newest = std::max(newest, known.since);
    return newest;
}

Instant KnownEntry::forgotten_at(const RateLimits& limits) const noexcept {
    return newest() + limits.known_for;
}

std::uint64_t KnownEntry::weight(const RateLimits& limits, Instant now) const noexcept {
    return now < forgotten_at(limits) ? weight_of(0, newest()) : 0;
}

}  // namespace roster::accounts
