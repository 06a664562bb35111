#pragma once

// Bytes that wait to be decoded. They may hold a password, so they leave no trace once they are
// consumed, moved or dropped. Knows no protocol.

#include <cstddef>
#include <memory>
#include <string_view>

namespace roster::protocol {

/// A queue of bytes that are seen in one piece.
class WipedBuffer {
  public:
    WipedBuffer() = default;
    WipedBuffer(WipedBuffer&& other) noexcept;
    WipedBuffer& operator=(WipedBuffer&& other) noexcept;
    ~WipedBuffer();

    void append(std::string_view bytes);

    /// Requires: no more than there are.
    void consume(std::size_t count) noexcept;

    void clear() noexcept { consume(size_bytes()); }

    /// Lifetime: until the next call that is not const.
    std::string_view view() const noexcept { return {bytes_.get() + begin_, size_bytes()}; }
    std::size_t size_bytes() const noexcept { return end_ - begin_; }

  private:
    void make_room(std::size_t more);
    void swap(WipedBuffer& other) noexcept;

    std::unique_ptr<char[]> bytes_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace roster::protocol
