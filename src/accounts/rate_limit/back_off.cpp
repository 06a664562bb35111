#include "accounts/rate_limit/back_off.hpp"

#include <algorithm>
#include <limits>

namespace roster::accounts {

using std::chrono::milliseconds;

milliseconds wait_after(std::uint32_t failures, const RateLimits& limits) noexcept {
    if (failures <= limits.free_failures) return milliseconds(0);
    milliseconds wait = std::min(limits.first_wait, limits.longest_wait);
    for (std::uint32_t step = failures - limits.free_failures; step > 1; --step) {
        if (wait.count() <= 0) return wait;
        if (wait > limits.longest_wait / 2) return limits.longest_wait;
        wait *= 2;
    }
    return wait;
}

milliseconds BackOff::wait(const RateLimits& limits, Instant now) const noexcept {
    const milliseconds settled = settled_wait(limits, now);
    if (settled > milliseconds(0)) return settled;
    // One may always be under way: when it ends, the next one is due or has to wait.
    const bool is_crowded =
        in_flight_ > 0 && failures(limits, now) + in_flight_ > limits.free_failures;
    return is_crowded ? milliseconds(kMoment) : milliseconds(0);
}

milliseconds BackOff::settled_wait(const RateLimits& limits, Instant now) const noexcept {
    const std::uint32_t counted = failures(limits, now);
    const Instant over = last_ + wait_after(counted, limits);
    return counted > 0 && now < over ? over - now : milliseconds(0);
}

void BackOff::fail(const RateLimits& limits, Instant now) noexcept {
    release();
    const std::uint32_t counted = failures(limits, now);
    failures_ = counted == std::numeric_limits<std::uint32_t>::max() ? counted : counted + 1;
    last_ = now;
}

void BackOff::forgive() noexcept {
    failures_ = 0;
    last_ = {};
}

Instant BackOff::forgotten_at(const RateLimits& limits) const noexcept {
    return last_ + std::max(limits.forget_after, wait_after(failures_, limits));
}

std::uint32_t BackOff::failures(const RateLimits& limits, Instant now) const noexcept {
    return now < forgotten_at(limits) ? failures_ : 0;
}

}  // namespace roster::accounts
