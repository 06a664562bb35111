#pragma once

// An attempt that waits until another one ends: a place in the queue of a bucket, and a deadline.
// Knows no rule; the limiter queues it and wakes it.

#include "accounts/rate_limit/rate_limiter.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <list>
#include <mutex>
#include <utility>

namespace roster::accounts {

/// Threads: all members but `deadline` are guarded by the limiter's mutex.
class Waiter {
  public:
    Waiter(RateLimiter& its_limiter, const boost::asio::any_io_executor& executor,
           std::chrono::milliseconds patience)
        : limiter(its_limiter),
          deadline(std::chrono::steady_clock::now() + patience),
          timer(executor) {}
    ~Waiter() {
        const std::lock_guard lock(limiter.mutex_);
        limiter.leave_queue(*this);
    }
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

    bool has_patience() const noexcept { return std::chrono::steady_clock::now() < deadline; }

    bool is_queued() const {
        const std::lock_guard lock(limiter.mutex_);
        return queue != nullptr;
    }

    /// Returns when it was woken, or at its deadline.
    boost::asio::awaitable<void> wait() {
        return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>&, void()>(
            Start{this}, boost::asio::use_awaitable);
    }

    RateLimiter& limiter;
    const std::chrono::steady_clock::time_point deadline;
    boost::asio::steady_timer timer;
    Bucket* queue = nullptr;
    std::list<Waiter*>::iterator place;
    bool is_woken = false;

  private:
    // It may have been woken already, from another thread: hence the mutex.
    struct Start {
        Waiter* waiter;

        template <class Handler>
        void operator()(Handler handler) const {
            const std::lock_guard lock(waiter->limiter.mutex_);
            constexpr auto kAtOnce = std::chrono::steady_clock::time_point::min();
            waiter->timer.expires_at(waiter->is_woken ? kAtOnce : waiter->deadline);
            waiter->timer.async_wait(
                [handler = std::move(handler)](const boost::system::error_code&) mutable {
                    std::move(handler)();
                });
        }
    };
};

}  // namespace roster::accounts
