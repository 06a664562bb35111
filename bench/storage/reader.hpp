#pragma once

// A reader that never pauses, and notes how long it had to wait.

#include <roster/store.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <thread>

namespace roster::bench {

/// The longest time between two reads that followed one another.
struct LongestPause {
    double all_ms = 0;
    /// Without the time in which the reader could run, but other programs had the cores.
    double own_ms = 0;
};

/// Finds users by id and by e-mail in turns, on a thread of its own.
///
/// Lifetime: the store outlives it.
class Reader {
  public:
    Reader(Store& store, std::uint64_t users);
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    ~Reader();

    /// Called once.
    LongestPause stop();

  private:
    void read();

    Store& store_;
    std::uint64_t users_;
    std::atomic<bool> stopping_ = false;
    LongestPause longest_;
    std::thread thread_;
};

/// Finds users by id and by e-mail in turns, with so many asking at once on one thread.
double reads_per_second(Store& store, std::uint64_t users, std::size_t askers,
                        std::chrono::steady_clock::duration time);

}  // namespace roster::bench
