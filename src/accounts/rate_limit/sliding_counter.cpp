#include "accounts/rate_limit/sliding_counter.hpp"

#include <algorithm>
#include <numeric>

namespace roster::accounts {
namespace {

constexpr auto kReach = static_cast<std::int64_t>(SlidingCounter::kSpans);

static_assert(SlidingCounter::kSpan * (kReach - 1) == kHour);

}  // namespace

std::int64_t SlidingCounter::span_of(Instant time) noexcept {
    const auto minutes = std::chrono::floor<std::chrono::minutes>(time.time_since_epoch());
    const std::int64_t length = kSpan.count();
    const std::int64_t count = minutes.count();
    return count >= 0 ? count / length : -((-count + length - 1) / length);
}

Instant SlidingCounter::begin_of(std::int64_t span) noexcept {
    return Instant(std::chrono::milliseconds(kSpan) * span);
}

void SlidingCounter::add_to(std::int64_t span, std::uint32_t times) noexcept {
    if (span > newest_) {
        const std::int64_t passed = std::min(span - newest_, kReach);
        for (std::int64_t i = 0; i < passed; ++i)
            counts_[place_of(span - i)] = 0;
        newest_ = span;
    }
    if (span > newest_ - kReach) counts_[place_of(span)] += times;
}

void SlidingCounter::add(const SlidingCounter& other) noexcept {
    if (other.is_empty()) return;
    for (std::int64_t age = kReach; age-- > 0;)
        add_to(other.newest_ - age, other.counts_[place_of(other.newest_ - age)]);
}

std::uint32_t SlidingCounter::total(Instant now) const noexcept {
    const std::int64_t oldest = span_of(now) - kReach + 1;
    std::uint32_t total = 0;
    for (std::int64_t span = std::max(oldest, newest_ - kReach + 1); span <= newest_; ++span)
        total += counts_[place_of(span)];
    return total;
}

std::uint32_t SlidingCounter::rough_total(Instant now) const noexcept {
    if (now >= forgotten_at()) return 0;
    return std::accumulate(counts_.begin(), counts_.end(), std::uint32_t{0});
}

std::chrono::milliseconds SlidingCounter::wait_below(std::uint32_t limit,
                                                     Instant now) const noexcept {
    std::uint32_t left = total(now);
    if (left < limit) return std::chrono::milliseconds(0);
    const std::int64_t oldest = span_of(now) - kReach + 1;
    for (std::int64_t span = std::max(oldest, newest_ - kReach + 1); span <= newest_; ++span) {
        left -= counts_[place_of(span)];
        if (left < limit) return begin_of(span + kReach) - now;
    }
    return kHour;  // a limit of none at all
}

SlidingCounter::Counts SlidingCounter::counts() const noexcept {
    Counts by_age{};
    for (std::size_t age = 0; age < kSpans; ++age)
        by_age[age] = counts_[place_of(newest_ - static_cast<std::int64_t>(age))];
    return by_age;
}

Instant SlidingCounter::forgotten_at() const noexcept {
    return begin_of(newest_ + kReach);
}

std::size_t SlidingCounter::place_of(std::int64_t span) noexcept {
    return static_cast<std::size_t>((span % kReach + kReach) % kReach);
}

}  // namespace roster::accounts
