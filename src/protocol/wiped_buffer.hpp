#pragma once

// Bytes that wait to be decoded. They may hold a password, so they are overwritten when they are
// consumed, moved or dropped. Knows no protocol.

#include <roster/secret.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace roster::protocol {

/// Overwrites memory before it is freed.
template <class T>
struct WipingAllocator {
    using value_type = T;

    WipingAllocator() = default;
    template <class U>
    WipingAllocator(const WipingAllocator<U>&) noexcept {}

    T* allocate(std::size_t count) { return std::allocator<T>().allocate(count); }
    void deallocate(T* memory, std::size_t count) noexcept {
        wipe(memory, count * sizeof(T));
        std::allocator<T>().deallocate(memory, count);
    }
    bool operator==(const WipingAllocator&) const = default;
};

/// A queue of bytes, readable in one piece.
class WipedBuffer {
  public:
    void append(std::string_view bytes) {
        // Moved only if that frees half of it, so that the moves cost no more than the appends.
        if (begin_ > bytes_.size() / 2) {
            const std::size_t freed = std::exchange(begin_, 0);
            erase(0, freed);
        }
        bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    }

    /// Requires: `count <= size_bytes()`.
    void consume(std::size_t count) noexcept {
        wipe(bytes_.data() + begin_, count);
        begin_ += count;
        if (begin_ != bytes_.size()) return;
        begin_ = 0;
        bytes_.clear();
        if (bytes_.capacity() > kKeptBytes) bytes_ = Bytes();
    }

    void clear() noexcept { consume(size_bytes()); }

    /// Moves what follows the bytes from `offset` on into their place.
    /// Requires: `offset + count <= size_bytes()`.
    void erase(std::size_t offset, std::size_t count) noexcept {
        const auto to = bytes_.begin() + static_cast<std::ptrdiff_t>(begin_ + offset);
        std::copy(to + static_cast<std::ptrdiff_t>(count), bytes_.end(), to);
        wipe(bytes_.data() + bytes_.size() - count, count);
        bytes_.resize(bytes_.size() - count);
    }

    /// Lifetime: until the next call that is not const.
    std::string_view view() const noexcept { return {bytes_.data() + begin_, size_bytes()}; }
    std::span<char> bytes() noexcept { return {bytes_.data() + begin_, size_bytes()}; }
    std::size_t size_bytes() const noexcept { return bytes_.size() - begin_; }

  private:
    using Bytes = std::vector<char, WipingAllocator<char>>;

    /// An idle connection keeps no more than this.
    static constexpr std::size_t kKeptBytes = 4096;

    Bytes bytes_;
    /// Where the unconsumed bytes begin.
    std::size_t begin_ = 0;
};

}  // namespace roster::protocol
