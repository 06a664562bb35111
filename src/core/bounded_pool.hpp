#pragma once

// Plain functions on threads of their own, awaited by coroutines that live elsewhere.
// Knows nothing of what the functions do.

#include <roster/error.hpp>

#include "core/time.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>
#include <utility>

namespace roster {

/// A job is a plain function object `result<T>()`; never a coroutine. (Asio 1.26 ends the process
/// when a coroutine that blocks on a pool is cancelled, so nothing here can be cancelled.)
///
/// Threads: any.
/// Cancellation: none. A job that was begun is finished.
/// Lifetime: outlives every awaitable it has given out; the destructor waits for all jobs.
class BoundedPool {
  public:
    /// How much may wait.
    struct QueueLimits {
        std::size_t jobs = 0;
        /// Work before a new job begins, as estimated from a moving average of the time that jobs
        /// took. A job that a free thread takes at once never waits.
        std::chrono::nanoseconds work = std::chrono::nanoseconds::max();
        /// Of one job, until the first has been measured.
        std::chrono::nanoseconds first_estimate{0};
    };

    /// `threads` is at least 1.
    BoundedPool(std::size_t threads, QueueLimits limits, Clock clock = {})
        : clock_(std::move(clock)),
          limits_(limits),
          thread_count_(threads),
          average_(limits.first_estimate.count()),
          threads_(threads) {}
    ~BoundedPool() { threads_.join(); }

    BoundedPool(const BoundedPool&) = delete;
    BoundedPool& operator=(const BoundedPool&) = delete;

    /// Runs the job on the pool and resumes on the caller's executor.
    /// Errors: the job's; `overloaded` if too much waits already, or memory is short.
    template <class Job>
    boost::asio::awaitable<std::invoke_result_t<Job&>> run(Job job) {
        using Answer = std::invoke_result_t<Job&>;
        return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>&, void(Answer)>(
            Start{this}, boost::asio::use_awaitable, std::move(job));
    }

    /// The jobs that were accepted so far.
    std::uint64_t jobs() const noexcept { return jobs_.load(std::memory_order_relaxed); }

    struct Load {
        std::size_t running = 0;
        std::size_t waiting = 0;
    };
    Load load() const noexcept {
        const std::size_t admitted = admitted_.load(std::memory_order_relaxed);
        const std::size_t running = std::min(admitted, thread_count_);
        return {running, admitted - running};
    }

    /// How long a job takes, as estimated.
    std::chrono::nanoseconds average() const noexcept {
        return std::chrono::nanoseconds(average_.load(std::memory_order_relaxed));
    }

  private:
    struct Start {
        BoundedPool* pool;

        template <class Handler, class Job>
        void operator()(Handler handler, Job job) const {
            pool->start(std::move(handler), std::move(job));
        }
    };

    template <class Handler, class Job>
    void start(Handler handler, Job job) {
        using Answer = std::invoke_result_t<Job&>;
        // The caller's io_context must neither run out of work while its answer is computed here,
        // nor be destroyed before `post` has returned: hence the guard, which this thread keeps.
        auto work = boost::asio::make_work_guard(boost::asio::get_associated_executor(handler));
        if (!admit()) {
            resume(work.get_executor(), std::move(handler), Answer(Errc::overloaded));
            return;
        }
        boost::asio::post(threads_, [this, work = std::move(work), handler = std::move(handler),
                                     job = std::move(job)]() mutable {
            const auto began = clock_.now();
            Answer answer = answer_of(job);
            measure(clock_.now() - began);
            // Before the answer: the caller that has it finds the place free.
            admitted_.fetch_sub(1, std::memory_order_relaxed);
            resume(work.get_executor(), std::move(handler), std::move(answer));
        });
    }

    template <class Executor, class Handler, class Answer>
    static void resume(const Executor& executor, Handler handler, Answer answer) {
        boost::asio::post(executor,
                          [handler = std::move(handler), answer = std::move(answer)]() mutable {
                              std::move(handler)(std::move(answer));
                          });
    }

    template <class Job>
    static std::invoke_result_t<Job&> answer_of(Job& job) noexcept {
        try {
            return job();
        } catch (const std::bad_alloc&) {
            return Errc::overloaded;
        } catch (...) {
            return Errc::internal;
        }
    }

    // Admitted jobs either run, each on one of `threads`, or wait; so to bound the waiting ones is
    // to bound the sum.
    bool admit() noexcept {
        std::size_t admitted = admitted_.load(std::memory_order_relaxed);
        do {
            if (!fits(admitted)) return false;
        } while (
            !admitted_.compare_exchange_weak(admitted, admitted + 1, std::memory_order_relaxed));
        jobs_.fetch_add(1, std::memory_order_relaxed);
        return true;
    }

    bool fits(std::size_t admitted) const noexcept {
        if (admitted < thread_count_) return true;
        const std::size_t waiting = admitted - thread_count_;
        if (waiting >= limits_.jobs) return false;
        const double before_it = static_cast<double>(average().count()) *
                                 static_cast<double>(waiting + 1) /
                                 static_cast<double>(thread_count_);
        return before_it <= static_cast<double>(limits_.work.count());
    }

    // An estimate: if two threads end at once, one measurement may get lost.
    void measure(std::chrono::nanoseconds took) noexcept {
        constexpr std::int64_t kWeight = 8;
        const std::int64_t before = average_.load(std::memory_order_relaxed);
        const std::int64_t after =
            before == 0 ? took.count() : before + (took.count() - before) / kWeight;
        average_.store(after, std::memory_order_relaxed);
    }

    const Clock clock_;
    const QueueLimits limits_;
    const std::size_t thread_count_;
    std::atomic<std::int64_t> average_;
    std::atomic<std::size_t> admitted_{0};
    std::atomic<std::uint64_t> jobs_{0};
    boost::asio::thread_pool threads_;
};

}  // namespace roster
