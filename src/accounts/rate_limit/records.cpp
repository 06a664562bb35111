// The part of RateLimiter that makes records of its buckets, and buckets of records.

#include "accounts/rate_limit/rate_limiter.hpp"

#include <chrono>
#include <mutex>
#include <utility>

namespace roster::accounts {
namespace {

// Stores keep a record longer than it counts: by their own clocks, which are wrong at times.
constexpr std::chrono::days kClockDoubt{7};

}  // namespace

LimiterRecords RateLimiter::take_changes() {
    const std::lock_guard lock(mutex_);
    return records_of_changes();
}

LimiterRecords RateLimiter::records_of_changes() {
    LimiterRecords records;
    records.reserve(changes_.size());
    for (const std::string& key : changes_) {
        LimiterRecord& record = records.emplace_back();
        record.key = key;
        Instant until = now();
        BucketMap* map = map_of(key);
        const Bucket* bucket = map == nullptr ? nullptr : map->find(key);
        if (bucket != nullptr && !bucket->is_empty()) {
            record.state = bucket->record();
            until = bucket->over_at(limits_) + kClockDoubt;
        }
        record.until = std::chrono::ceil<std::chrono::seconds>(until);
    }
    changes_.clear();
    return records;
}

BucketMap* RateLimiter::map_of(std::string_view key) {
    for (BucketMap& map : maps_)
        if (key.starts_with(map.prefix())) return &map;
    return nullptr;
}

std::size_t RateLimiter::restore(const LimiterRecords& records) {
    if (!limits_.enabled) return 0;
    const std::lock_guard lock(mutex_);
    std::size_t ignored = 0;
    for (const LimiterRecord& record : records) {
        if (restore(record)) continue;
        ++ignored;
        changes_.insert(record.key);
    }
    return ignored;
}

// While the server was off the wall clock may have been set. What lies in the future is taken for
// what has just happened; what is over is dropped.
bool RateLimiter::restore(const LimiterRecord& record) {
    BucketMap* map = map_of(record.key);
    if (map == nullptr) return false;
    map->erase(record.key);
    if (record.state.empty()) return true;
    auto read = Bucket::parse(record.key, record.state);
    if (!read) return false;
    if (read->last > now()) {
        read->last = now();
        changes_.insert(record.key);
    }
    if (read->is_empty() || now() >= read->over_at(limits_)) return true;
    if (const Bucket* bucket = insert(*map, std::move(*read))) map->touch(*bucket, limits_);
    return true;
}

}  // namespace roster::accounts
