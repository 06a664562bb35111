#pragma once

// A map that never outgrows its capacity: when it is full, what matters least gives way.
// Knows nothing of what an entry means but its weight.

#include "accounts/rate_limit/keys.hpp"
#include "accounts/rate_limit/limits.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace roster::accounts {

/// An entry of this weight never gives way.
inline constexpr std::uint64_t kPinned = std::numeric_limits<std::uint64_t>::max();

/// What gives way is the lightest of sixteen entries drawn at random, by a lot that nobody outside
/// can foresee. So an entry is in danger only where sixteen draws out of sixteen hit entries that
/// weigh as much: while three quarters of the table are lighter, once in some thousand million
/// times.
///
/// Threads: one at a time.
template <class Key, class Entry>
class BucketTable {
  public:
    static constexpr std::size_t kSample = 16;

    /// The name is what the records of this table begin with; it outlives the table.
    BucketTable(std::string_view name, std::size_t capacity)
        : name_(name), capacity_(std::max(capacity, kSample)) {}

    std::string_view name() const noexcept { return name_; }
    std::string name_of(const Key& key) const { return std::string(name_) + ' ' + key.text(); }

    Entry* find(const Key& key) {
        const auto found = places_.find(key);
        return found == places_.end() ? nullptr : &found->second.entry;
    }
    const Entry* find(const Key& key) const {
        const auto found = places_.find(key);
        return found == places_.end() ? nullptr : &found->second.entry;
    }

    /// The entry, new where there was none. Where one has to give way for it, `dropped(key)` is
    /// called first. Nothing where the whole sample is pinned.
    template <class Weight, class Dropped>
    Entry* find_or_make(const Key& key, Weight weight, Dropped dropped) {
        if (Entry* entry = find(key)) return entry;
        if (places_.size() >= capacity_) {
            const Key* least = least_of_sample(weight);
            if (least == nullptr) return nullptr;
            const Key gone = *least;
            dropped(gone);
            erase(gone);
        }
        // Before the place is made: afterwards nothing may fail.
        if (order_.size() == order_.capacity()) order_.reserve(2 * order_.size() + 1);
        const auto made = places_.try_emplace(key).first;
        made->second.index = order_.size();
        order_.push_back(&*made);
        return &made->second.entry;
    }

    void erase(const Key& key) {
        const auto found = places_.find(key);
        if (found == places_.end()) return;
        const std::size_t hole = found->second.index;
        order_[hole] = order_.back();
        order_[hole]->second.index = hole;
        order_.pop_back();
        places_.erase(found);
    }

    std::size_t size() const noexcept { return places_.size(); }

  private:
    struct Place {
        Entry entry;
        std::size_t index = 0;
    };

    // Hashed like a key, its number is a lot that nobody outside can foresee.
    struct Lot {
        std::uint64_t number;
        KeyWords words() const noexcept { return {number, 0, 0, 0}; }
    };

    template <class Weight>
    const Key* least_of_sample(Weight weight) {
        const Key* least = nullptr;
        std::uint64_t least_weight = kPinned;
        for (std::size_t i = 0; i < kSample; ++i) {
            const auto& [key, place] = *order_[hash_(Lot{++lots_}) % order_.size()];
            const std::uint64_t its_weight = weight(place.entry);
            if (its_weight >= least_weight) continue;
            least = &key;
            least_weight = its_weight;
        }
        return least;
    }

    const std::string_view name_;
    const std::size_t capacity_;
    KeyHash hash_;
    std::uint64_t lots_ = 0;
    std::unordered_map<Key, Place, KeyHash> places_{0, hash_};
    // Of all places, so that one can be drawn.
    std::vector<std::pair<const Key, Place>*> order_;
};

}  // namespace roster::accounts
