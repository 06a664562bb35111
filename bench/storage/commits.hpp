#pragma once

// Commits to a store, and the plain loop that they are held against.

#include <roster/store.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace roster::bench {

using Clock = std::chrono::steady_clock;

double to_ms(Clock::duration duration);

/// How long each of a number of operations took, and how many there were in a second.
struct Timings {
    Timings() = default;

    std::vector<double> each_ms;
    double per_second = 0;
};

/// So many writers change users, each one after another, until `is_over` says so. Every writer
/// commits once at least. Throws where a write is refused.
Timings commit_until(Store& store, std::uint64_t users, std::size_t writers,
                     std::function<bool()> is_over);
Timings commit_for(Store& store, std::uint64_t users, std::size_t writers, Clock::duration time);

/// Appends a record as large as that of one commit, then fdatasync, again and again.
class PlainLoop {
  public:
    static constexpr std::size_t kRecordBytes = 400;

    explicit PlainLoop(const std::string& path);
    PlainLoop(const PlainLoop&) = delete;
    PlainLoop& operator=(const PlainLoop&) = delete;
    ~PlainLoop();

    Timings run_for(Clock::duration time);

  private:
    int fd_;
};

/// Awaits one operation from outside a coroutine.
result<User> await(boost::asio::awaitable<result<User>> operation);

}  // namespace roster::bench
