#pragma once

// Bytes that wait to be decoded. They may hold a password, so they are overwritten when they are
// consumed, moved or dropped. Knows no protocol.

#include <roster/secret.hpp>

#include "core/wiping_allocator.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace roster::protocol {

/// A queue of bytes, readable in one piece.
class WipedBuffer {
  public:
    void append(std::string_view bytes) {
        // Moved only if that frees half of it, so that the moves cost no more than the appends.
        if (begin_ > end_ / 2) {
            const std::size_t freed = std::exchange(begin_, 0);
            erase(0, freed);
        }
        if (bytes.size() > memory_.size() - end_)
            memory_.resize(std::max(2 * memory_.size(), end_ + bytes.size()));
        std::copy(bytes.begin(), bytes.end(), at(end_));
        end_ += bytes.size();
    }

    /// Requires: `count <= size_bytes()`.
    void consume(std::size_t count) noexcept {
        wipe(memory_.data() + begin_, count);
        begin_ += count;
        if (begin_ != end_) return;
        begin_ = end_ = 0;
        if (memory_.size() > kKeptBytes) memory_ = Memory();
    }

    void clear() noexcept { consume(size_bytes()); }

    /// Moves what follows the bytes from `offset` on into their place.
    /// Requires: `offset + count <= size_bytes()`.
    void erase(std::size_t offset, std::size_t count) noexcept {
        const std::size_t to = begin_ + offset;
        std::copy(at(to + count), at(end_), at(to));
        end_ -= count;
        wipe(memory_.data() + end_, count);
    }

    /// Lifetime: until the next call that is not const.
    std::string_view view() const noexcept { return {memory_.data() + begin_, size_bytes()}; }
    std::span<char> bytes() noexcept { return {memory_.data() + begin_, size_bytes()}; }
    std::size_t size_bytes() const noexcept { return end_ - begin_; }

  private:
    using Memory = std::vector<char, WipingAllocator<char>>;

    /// An idle connection keeps no more than this.
    static constexpr std::size_t kKeptBytes = 4096;

    Memory::iterator at(std::size_t i) noexcept {
        return memory_.begin() + static_cast<std::ptrdiff_t>(i);
    }

    Memory memory_;
    /// Where the unconsumed bytes begin and end.
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace roster::protocol
