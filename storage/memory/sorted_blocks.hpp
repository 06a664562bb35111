#pragma once

// A sorted row of small values, in blocks: as compact as an array, and neither adding nor removing
// one moves more than a block of them.
// Knows no order: whoever asks says on which side of a place a value stands.

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace roster::storage {

template <class Value>
class SortedBlocks {
  public:
    /// Of a value, or the end. Good until something is inserted or erased.
    struct Place {
        std::size_t block = 0;
        std::size_t position = 0;
        bool operator==(const Place&) const = default;
    };

    bool empty() const noexcept { return blocks_.empty(); }

    Place begin() const noexcept { return {0, 0}; }
    Place end() const noexcept { return {blocks_.size(), 0}; }

    /// Requires: not the end.
    const Value& at(Place place) const noexcept { return blocks_[place.block][place.position]; }
    Place next(Place place) const noexcept {
        if (place.position + 1 < blocks_[place.block].size())
            return {place.block, place.position + 1};
        return {place.block + 1, 0};
    }
    /// Requires: not the beginning.
    Place previous(Place place) const noexcept {
        if (place.position > 0) return {place.block, place.position - 1};
        return {place.block - 1, blocks_[place.block - 1].size() - 1};
    }

    /// The first value of which `is_before` is false; it is true of all before that.
    template <class IsBefore>
    Place partition_point(IsBefore is_before) const {
        const auto block =
            std::partition_point(blocks_.begin(), blocks_.end(),
                                 [&](const auto& values) { return is_before(values.back()); });
        if (block == blocks_.end()) return end();
        const auto value = std::partition_point(block->begin(), block->end(), is_before);
        return {static_cast<std::size_t>(block - blocks_.begin()),
                static_cast<std::size_t>(value - block->begin())};
    }

    /// Before the value at this place.
    void insert(Place place, const Value& value) {
        if (place == end()) return append(value);
        Block* block = &blocks_[place.block];
        if (block->size() == kMaxValues) {
            split(place);
            block = &blocks_[place.block];
        }
        block->insert(block->begin() + static_cast<std::ptrdiff_t>(place.position), value);
    }

    /// Requires: not the end.
    void erase(Place place) {
        Block& block = blocks_[place.block];
        block.erase(block.begin() + static_cast<std::ptrdiff_t>(place.position));
        if (block.empty())
            blocks_.erase(blocks_.begin() + static_cast<std::ptrdiff_t>(place.block));
    }

    /// Requires: `values` are in order.
    void assign(std::span<const Value> values) {
        blocks_.clear();
        while (!values.empty()) {
            const auto first = values.first(std::min(values.size(), kFilledValues));
            blocks_.emplace_back(first.begin(), first.end());
            values = values.subspan(first.size());
        }
    }

    std::size_t memory_bytes() const noexcept {
        std::size_t bytes = blocks_.capacity() * sizeof(Block);
        for (const Block& block : blocks_)
            bytes += block.capacity() * sizeof(Value);
        return bytes;
    }

  private:
    using Block = std::vector<Value>;

    static constexpr std::size_t kMaxValues = 256;
    // Room for some more: otherwise the first ones to come would split every block.
    static constexpr std::size_t kFilledValues = 224;

    // Who always comes last leaves full blocks behind.
    void append(const Value& value) {
        if (blocks_.empty() || blocks_.back().size() == kMaxValues) blocks_.emplace_back();
        blocks_.back().push_back(value);
    }

    void split(Place& place) {
        constexpr auto kHalf = static_cast<std::ptrdiff_t>(kMaxValues / 2);
        Block& lower = blocks_[place.block];
        Block upper(lower.begin() + kHalf, lower.end());
        lower.erase(lower.begin() + kHalf, lower.end());
        blocks_.insert(blocks_.begin() + static_cast<std::ptrdiff_t>(place.block) + 1,
                       std::move(upper));
        if (place.position < kMaxValues / 2) return;
        ++place.block;
        place.position -= kMaxValues / 2;
    }

    std::vector<Block> blocks_;
};

}  // namespace roster::storage
