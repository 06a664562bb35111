// The part of RateLimiter that tells an administrator whom it delays, and forgives.

#include "accounts/rate_limit/rate_limiter.hpp"

#include <utility>

namespace roster::accounts {
namespace {

// Buckets that one call looks at: others wait for the mutex meanwhile.
constexpr std::size_t kMostVisited = 10'000;

}  // namespace

Delays RateLimiter::delays(std::string_view after, std::size_t limit) const {
    using std::chrono::seconds;
    Delays found;
    std::size_t visited = 0;
    const std::lock_guard lock(mutex_);
    std::size_t kind = 0;
    for (std::size_t i = 0; i < kKindsOfCounts; ++i)
        if (after.starts_with(maps_[i].prefix())) kind = i;
    for (; kind < kKindsOfCounts; ++kind) {
        const bool is_finished = maps_[kind].visit_after(after, [&](const Bucket& bucket) {
            const Wait wait = wait_of(kind, bucket, false);
            if (wait.is_any() && wait.is_limit)
                found.items.push_back({bucket.key, std::chrono::floor<seconds>(bucket.last),
                                       std::chrono::ceil<seconds>(now() + wait.time)});
            if (found.items.size() < limit && ++visited < kMostVisited) return true;
            found.next = bucket.key;
            return false;
        });
        if (!is_finished) break;
        after = {};
    }
    return found;
}

bool RateLimiter::forgive(std::string_view key) {
    const std::lock_guard lock(mutex_);
    BucketMap* map = map_of(key);
    if (map == nullptr || map == &maps_[kKnown]) return false;
    Bucket* bucket = map->find(std::string(key));
    if (bucket == nullptr || bucket->is_empty()) return false;
    changes_.insert(bucket->key);
    bucket->failures = 0;
    bucket->hourly = {};
    map->touch(*bucket, limits_);
    if (bucket->is_in_use())
        serve(*bucket);
    else
        map->erase(bucket->key);
    return true;
}

}  // namespace roster::accounts
