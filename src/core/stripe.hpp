#pragma once

// Which of several copies a thread uses of what threads would otherwise write to together.

#include <atomic>
#include <cstddef>

namespace roster {

inline constexpr std::size_t kStripes = 16;
inline constexpr std::size_t kCacheLine = 64;

/// The same at each call; another one for each of the first `kStripes` threads that ask.
inline std::size_t stripe_of_this_thread() noexcept {
    static std::atomic<std::size_t> next = 0;
    thread_local const std::size_t mine = next.fetch_add(1, std::memory_order_relaxed) % kStripes;
    return mine;
}

}  // namespace roster
