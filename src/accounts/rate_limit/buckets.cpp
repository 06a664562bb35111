#include "accounts/rate_limit/buckets.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <system_error>
#include <utility>

namespace roster::accounts {
namespace {

using std::chrono::milliseconds;

constexpr auto kReach = static_cast<std::int64_t>(Bucket::kSpans);

// How long to wait if only attempts under way are in the way, and they do not end in time.
constexpr Wait kCrowded{false, std::chrono::seconds(1)};

// More than any limit, and far from an overflow.
constexpr std::uint32_t kMaxCount = 60'000;

std::int64_t span_of(Instant time) noexcept {
    return std::chrono::floor<std::chrono::minutes>(time.time_since_epoch()) / Bucket::kSpan;
}

Instant begin_of(std::int64_t span) noexcept {
    return Instant(milliseconds(Bucket::kSpan) * span);
}

// How many spans began since `from`; so many counts at the end have moved out of reach.
std::ptrdiff_t spans_passed(Instant from, Instant now) noexcept {
    return std::clamp<std::int64_t>(span_of(now) - span_of(from), 0, kReach);
}

std::uint32_t sum(const std::uint16_t* begin, const std::uint16_t* end) noexcept {
    return std::accumulate(begin, end, std::uint32_t{0});
}

}  // namespace

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

Wait Bucket::wait_for_turn(const RateLimits& limits, Instant now) const noexcept {
    const Instant until = last + wait_after(failures, limits);
    if (failures > 0 && now < until) return {true, until - now};
    return in_flight > 0 ? kCrowded : Wait();
}

Wait Bucket::wait_as_network(const RateLimits& limits, Instant now) const noexcept {
    const Wait turn = wait_for_turn(limits, now);
    if (!turn.is_crowded()) return turn;
    const std::uint32_t counted = now < over_at(limits) ? failures : 0;
    return counted + in_flight > limits.free_failures ? kCrowded : Wait();
}

Wait Bucket::wait_hourly(std::uint32_t limit, Instant now) const noexcept {
    const std::ptrdiff_t reach = kReach - spans_passed(last, now);
    std::uint32_t left = sum(hourly.data(), hourly.data() + reach);
    if (left < limit) return left + in_flight < limit ? Wait() : kCrowded;
    for (std::ptrdiff_t age = reach; age-- > 0;) {
        left -= hourly[static_cast<std::size_t>(age)];
        if (left < limit) return {true, begin_of(span_of(last) - age + kReach) - now};
    }
    return {true, std::chrono::hours(1)};  // the limit is zero
}

void Bucket::count_failure(const RateLimits& limits, Instant now) noexcept {
    if (now >= over_at(limits)) failures = 0;
    failures = std::min(failures + 1, kMaxCount);
    last = now;
}

void Bucket::count_hourly(Instant now) noexcept {
    const std::ptrdiff_t passed = spans_passed(last, now);
    std::copy_backward(hourly.begin(), hourly.end() - passed, hourly.end());
    std::fill_n(hourly.begin(), passed, std::uint16_t{0});
    if (hourly[0] < kMaxCount) ++hourly[0];
    last = now;
}

void Bucket::take_back_failure(const Bucket& before, Instant counted_at) noexcept {
    if (failures > 0) --failures;
    if (failures == before.failures && last == counted_at) last = before.last;
}

void Bucket::take_back_hourly(Instant counted_at) noexcept {
    const auto age = static_cast<std::size_t>(spans_passed(counted_at, last));
    if (age < kSpans && hourly[age] > 0) --hourly[age];
}

bool Bucket::is_empty() const noexcept {
    return failures == 0 && credentials == 0 && hourly == decltype(hourly){};
}

bool Bucket::has_penalty(const RateLimits& limits) const noexcept {
    return failures + sum(hourly.data(), hourly.data() + kReach) > limits.free_failures;
}

Instant Bucket::over_at(const RateLimits& limits) const noexcept {
    if (credentials != 0) return last + limits.known_for;
    if (failures != 0) return last + std::max(limits.forget_after, wait_after(failures, limits));
    return begin_of(span_of(last) + kReach);
}

std::string Bucket::record() const {
    std::string text = std::to_string(last.time_since_epoch().count()) + ' ' +
                       std::to_string(failures) + ' ' + std::to_string(credentials);
    auto end = hourly.end();
    while (end != hourly.begin() && *(end - 1) == 0)
        --end;
    for (auto count = hourly.begin(); count != end; ++count)
        text += ' ' + std::to_string(*count);
    return text;
}

std::optional<Bucket> Bucket::parse(std::string key, std::string_view record) {
    std::array<std::uint64_t, 3 + kSpans> numbers{};
    std::size_t size = 0;
    for (; !record.empty() && size < numbers.size(); ++size) {
        const char* end = record.data() + record.size();
        const auto [rest, error] = std::from_chars(record.data(), end, numbers[size]);
        if (error != std::errc() || (rest != end && *rest != ' ')) return std::nullopt;
        record.remove_prefix(static_cast<std::size_t>(rest - record.data()));
        if (!record.empty()) record.remove_prefix(1);
    }
    constexpr std::uint64_t kLatest = std::uint64_t{1} << 48;  // in the year 10889
    if (size < 3 || !record.empty() || numbers[0] > kLatest) return std::nullopt;
    Bucket bucket(std::move(key));
    bucket.last = Instant(milliseconds(static_cast<std::int64_t>(numbers[0])));
    const auto count = [](std::uint64_t number) {
        return static_cast<std::uint16_t>(std::min<std::uint64_t>(number, kMaxCount));
    };
    bucket.failures = count(numbers[1]);
    bucket.credentials = numbers[2];
    std::transform(numbers.begin() + 3, numbers.end(), bucket.hourly.begin(), count);
    return bucket;
}

Bucket* BucketMap::find(const std::string& key) noexcept {
    const auto found = places_.find(key);
    return found == places_.end() ? nullptr : &*found->second.bucket;
}

const Bucket* BucketMap::next_to_evict(const RateLimits& limits, Instant now) const noexcept {
    if (places_.size() < capacity_) return nullptr;
    if (!penalized_.empty()) {
        const Bucket& oldest = penalized_.front();
        if (!oldest.is_in_use() && now >= oldest.over_at(limits)) return &oldest;
    }
    for (const Buckets* buckets : {&others_, &penalized_}) {
        for (const Bucket& bucket : *buckets)
            if (!bucket.is_in_use()) return &bucket;
    }
    return nullptr;
}

Bucket* BucketMap::insert(Bucket bucket) {
    if (places_.size() >= capacity_) return nullptr;
    Buckets one;
    const auto inserted = one.insert(one.end(), std::move(bucket));
    places_.emplace(inserted->key, Place{inserted, &others_});
    others_.splice(others_.end(), one);
    return &*inserted;
}

void BucketMap::touch(const Bucket& bucket, const RateLimits& limits) noexcept {
    Place& place = places_.find(bucket.key)->second;
    Buckets& from = *place.list;
    place.list = bucket.has_penalty(limits) ? &penalized_ : &others_;
    place.list->splice(place.list->end(), from, place.bucket);
}

void BucketMap::erase(const std::string& key) noexcept {
    const auto found = places_.find(key);
    if (found == places_.end()) return;
    const Place place = found->second;
    places_.erase(found);
    place.list->erase(place.bucket);
}

}  // namespace roster::accounts
