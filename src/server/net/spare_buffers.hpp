#pragma once

// Buffers that the connections of a thread take in turns, so that one that waits for its next
// request holds none.

#include <array>
#include <cstddef>
#include <string>
#include <utility>

namespace roster::server {

/// Threads: one at a time.
class SpareBuffers {
  public:
    static SpareBuffers& of_this_thread() {
        thread_local SpareBuffers buffers;
        return buffers;
    }

    /// Gives an empty buffer its memory back, or that of another one.
    void lend(std::string& buffer) noexcept {
        if (count_ != 0 && buffer.capacity() < buffers_[count_ - 1].capacity())
            buffer = std::move(buffers_[--count_]);
    }

    /// Takes the memory of a buffer, which is empty afterwards. Requires: it was wiped.
    void take_back(std::string& buffer) noexcept {
        buffer.clear();
        if (count_ < buffers_.size() && buffer.capacity() > std::string().capacity())
            buffers_[count_++] = std::move(buffer);
        if (buffer.capacity() > std::string().capacity()) std::string().swap(buffer);
    }

  private:
    std::array<std::string, 4> buffers_;
    std::size_t count_ = 0;
};

}  // namespace roster::server
