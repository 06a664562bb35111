#pragma once

// Buckets by key, never more than its capacity: what was idle for longest is evicted.
// Knows no rule and no clock.

#include "accounts/rate_limit/bucket.hpp"

#include <array>
#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace roster::accounts {

/// SipHash with a random key of this process: nobody outside can aim at a bucket.
/// Threads: any.
class KeyHash {
  public:
    KeyHash();

    std::size_t operator()(std::string_view key) const noexcept;

  private:
    std::array<unsigned char, 16> secret_{};
};

/// Two lists, each in the order of last use. Buckets with a penalty have one of their own, and are
/// evicted only if there are no others: a flood of single guesses drops nobody's wait. A bucket in
/// use is never evicted.
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

    /// What has to be evicted before another one is inserted; nullopt while there is space, or if
    /// all are in use.
    std::optional<std::string> next_to_evict(const RateLimits& limits, Instant now) const;

    /// The bucket of this key, inserted if necessary. nullptr if there is no space.
    Bucket* find_or_insert(const std::string& key);

    /// Marks it as used now, after its numbers changed.
    void touch(const std::string& key, const RateLimits& limits) noexcept;

    void erase(const std::string& key) noexcept;

  private:
    struct Node {
        explicit Node(std::string its_key) : key(std::move(its_key)) {}

        const std::string key;
        Bucket bucket;
        bool is_penalized = false;
    };
    using Nodes = std::list<Node>;

    Nodes& list_of(const Node& node) noexcept { return node.is_penalized ? penalized_ : others_; }

    const std::string_view prefix_;
    const std::size_t capacity_;
    Nodes others_;
    Nodes penalized_;
    std::unordered_map<std::string_view, Nodes::iterator, KeyHash> places_{0, KeyHash()};
};

}  // namespace roster::accounts
