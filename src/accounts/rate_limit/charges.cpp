// The part of RateLimiter for records that others have, too: what is under way here, they do not
// know.

#include "accounts/rate_limit/rate_limiter.hpp"

#include <utility>

namespace roster::accounts {
namespace {

Clock standing_clock() {
    Clock clock;
    clock.steady = [] { return std::chrono::steady_clock::time_point(); };
    return clock;
}

}  // namespace

RateLimiter::RateLimiter(RateLimits limits, Instant now)
    : RateLimiter(limits, standing_clock(), now) {}

std::vector<std::string> Admission::charged_keys() const {
    RateLimiter::Keys keys;
    if (!state_.charge) return {};
    for (std::size_t kind = 0; kind < kKindsOfCounts; ++kind)
        keys.of[kind] = state_.charge->before[kind].key;
    keys.of[kKnown] = state_.known;
    return keys.all();
}

Admission RateLimiter::charge(Admission admission) {
    Admission::State& state = admission.state_;
    if (state.limiter == nullptr) return admission;
    const std::lock_guard lock(mutex_);
    Admission::Charge charge;
    charge.at = now();
    for (std::size_t kind = 0; kind < kKindsOfCounts; ++kind)
        if (state.buckets[kind] != nullptr) charge.before[kind] = *state.buckets[kind];
    count(state);
    release(state);
    state.charge = std::move(charge);
    return admission;
}

void RateLimiter::take_back(const Admission& charged, Outcome outcome) {
    const Admission::State& state = charged.state_;
    if (!state.charge) return;
    const std::lock_guard lock(mutex_);
    for (std::size_t kind = 0; kind < kKindsOfCounts; ++kind) {
        const Bucket& before = state.charge->before[kind];
        Bucket* bucket = maps_[kind].find(before.key);
        if (bucket == nullptr) continue;
        if (kind == kAccount || kind == kSignUps)
            bucket->take_back_hourly(state.charge->at);
        else
            bucket->take_back_failure(before, state.charge->at);
        if (kind == kPair && outcome == Outcome::succeeded) bucket->failures = 0;
        changes_.insert(bucket->key);
    }
    if (outcome == Outcome::succeeded && state.credentials)
        mark_known(state.known, *state.credentials);
}

}  // namespace roster::accounts
