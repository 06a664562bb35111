#pragma once

// What the rate limiter counts: a bucket for each key, its rules, its record, and bounded maps of
// buckets. Knows no clock, and not which buckets an attempt counts in.

#include <roster/user.hpp>

#include "accounts/rate_limit/policy.hpp"

#include <array>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace roster::accounts {

struct Waiter;

/// Zero: one more attempt may be made now. Compared by how much is in the way: attempts under way
/// count only if nothing else does.
struct Wait {
    bool is_any() const noexcept { return time.count() > 0; }
    /// Only attempts under way are in the way.
    bool is_crowded() const noexcept { return is_any() && !is_limit; }

    auto operator<=>(const Wait&) const = default;

    bool is_limit = false;
    std::chrono::milliseconds time{};
};

/// The wait after so many failures; zero while they are free.
std::chrono::milliseconds wait_after(std::uint32_t failures, const RateLimits& limits) noexcept;

/// Each kind of bucket uses some of the numbers and leaves the others at zero.
struct Bucket {
    static constexpr std::chrono::minutes kSpan{5};
    static constexpr std::size_t kSpans = 13;

    explicit Bucket(std::string its_key = {}) : key(std::move(its_key)) {}

    std::string key;

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

    /// Of an account from one network, where one attempt may be under way at a time.
    Wait wait_for_turn(const RateLimits& limits, Instant now) const noexcept;
    /// Of a network, where as many may be under way as may fail.
    Wait wait_as_network(const RateLimits& limits, Instant now) const noexcept;
    /// For one more of at most `limit` an hour.
    Wait wait_hourly(std::uint32_t limit, Instant now) const noexcept;

    void count_failure(const RateLimits& limits, Instant now) noexcept;
    void count_hourly(Instant now) noexcept;

    /// Undo what was counted at that time, whatever was counted since. `before`: this bucket as it
    /// was then; its time counts again if nothing else was counted.
    void take_back_failure(const Bucket& before, Instant counted_at) noexcept;
    void take_back_hourly(Instant counted_at) noexcept;

    bool is_in_use() const noexcept { return in_flight != 0 || !waiters.empty(); }
    bool is_empty() const noexcept;
    bool has_penalty(const RateLimits& limits) const noexcept;
    /// When its numbers mean nothing any more.
    Instant over_at(const RateLimits& limits) const noexcept;

    /// "1764234000000 7 0": `last` in milliseconds, `failures`, `credentials` and the hourly
    /// counts, without zeros at the end.
    std::string record() const;
    static std::optional<Bucket> parse(std::string key, std::string_view record);
};

/// Buckets by key, never more than the capacity: what was idle for longest is evicted, but buckets
/// with a penalty only if there are no others: a flood of single guesses drops nobody's wait. A
/// bucket in use is never evicted. Buckets stay where they are in memory.
///
/// Threads: one at a time.
class BucketMap {
  public:
    /// `prefix`: of the keys of this map; it outlives the map.
    BucketMap(std::string_view prefix, std::size_t capacity)
        : prefix_(prefix), capacity_(capacity) {}

    std::string_view prefix() const noexcept { return prefix_; }
    std::size_t size() const noexcept { return places_.size(); }

    Bucket* find(const std::string& key) noexcept;

    /// Calls it with each bucket whose key is above `after`, in order, until it returns false.
    /// Returns whether it saw all.
    template <class Visit>
    bool visit_after(std::string_view after, const Visit& visit) const {
        for (auto place = places_.upper_bound(after); place != places_.end(); ++place)
            if (!visit(std::as_const(*place->second.bucket))) return false;
        return true;
    }

    /// What has to be evicted before another one is inserted. nullptr while there is space, or if
    /// all are in use.
    const Bucket* next_to_evict(const RateLimits& limits, Instant now) const noexcept;

    /// nullptr if there is no space. Requires: the map has no bucket of this key.
    Bucket* insert(Bucket bucket);

    /// Marks it as used now, after its numbers changed.
    void touch(const Bucket& bucket, const RateLimits& limits) noexcept;

    void erase(const std::string& key) noexcept;

  private:
    // In the order of last use.
    using Buckets = std::list<Bucket>;
    struct Place {
        Buckets::iterator bucket;
        Buckets* list;
    };

    const std::string_view prefix_;
    const std::size_t capacity_;
    Buckets penalized_;
    Buckets others_;
    // A tree: no choice of keys makes it slow.
    std::map<std::string_view, Place> places_;
};

}  // namespace roster::accounts
