#pragma once

// Writes to a descriptor whose reader may stop reading: takes what fits at this moment, and never
// waits. Knows no line.

#include <roster/error.hpp>

#include <cstddef>
#include <string_view>

namespace roster {

/// Threads: one at a time.
/// Lifetime: the descriptor stays open, and is the caller's.
class NonBlockingOutput {
  public:
    explicit NonBlockingOutput(int descriptor);
    ~NonBlockingOutput();

    NonBlockingOutput(const NonBlockingOutput&) = delete;
    NonBlockingOutput& operator=(const NonBlockingOutput&) = delete;

    /// Returns how many bytes were taken, which may be fewer than given. Errors: the system's;
    /// `resource_unavailable_try_again` if nothing fits now.
    result<std::size_t> write(std::string_view bytes);

    /// To be polled.
    int descriptor() const noexcept { return descriptor_; }

  private:
    int descriptor_;
    int reopened_ = -1;
    bool is_socket_ = false;
};

}  // namespace roster
