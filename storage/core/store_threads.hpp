#pragma once

// The threads of an asynchronous store: one that commits, several that read, and how a coroutine
// awaits what they answer.
// Knows no store: what a job or a read does is the caller's matter.

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace roster::storage {

/// A coroutine that awaits an answer.
template <class Answer>
class CompletionHandler {
  public:
    virtual ~CompletionHandler() = default;
    /// Answers on the caller's executor. Called once.
    virtual void answer(Answer answer) = 0;
};

template <class Answer, class Handler, class Executor>
class HandlerWaiter final : public CompletionHandler<Answer> {
  public:
    HandlerWaiter(Handler handler, const Executor& executor)
        : handler_(std::move(handler)),
          // Keeps the caller's context running until the answer is there.
          executor_(boost::asio::prefer(executor, tracked())) {}

    void answer(Answer answer) override {
        boost::asio::post(executor_, Call{std::move(handler_), std::move(answer)});
    }

  private:
    struct Call {
        Handler handler;
        Answer answer;
        void operator()() { std::move(handler)(std::move(answer)); }
    };

    static constexpr auto tracked() { return boost::asio::execution::outstanding_work.tracked; }

    using WorkingExecutor =
        std::decay_t<decltype(boost::asio::prefer(std::declval<const Executor&>(), tracked()))>;

    Handler handler_;
    WorkingExecutor executor_;
};

/// Awaits what `start` answers its waiter. `start` takes a
/// `std::unique_ptr<CompletionHandler<Answer>>` and returns at once.
template <class Answer, class Start>
boost::asio::awaitable<Answer> await_answer(Start start) {
    auto initiate = [start = std::move(start)](auto&& handler) mutable {
        using Handler = std::decay_t<decltype(handler)>;
        const auto executor = boost::asio::get_associated_executor(handler);
        using Waiting = HandlerWaiter<Answer, Handler, std::decay_t<decltype(executor)>>;
        start(std::make_unique<Waiting>(std::forward<decltype(handler)>(handler), executor));
    };
    return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(Answer)>(
        std::move(initiate), boost::asio::use_awaitable);
}

struct CommitQueueLimits {
    CommitQueueLimits() = default;

    /// Jobs that may wait; one more is not accepted.
    std::size_t waiting = 4096;
    /// Jobs that a batch takes at most.
    std::size_t batch = 1024;
    /// A batch waits as long as each such pause brings more jobs, up to five: callers who were just
    /// answered may have another one at once. Otherwise they and those who waited meanwhile take
    /// turns, with batches half as large. A caller who is alone does not wait.
    std::chrono::microseconds gathering{0};
};

/// A thread that commits the jobs of its queue: all jobs that wait, as one batch.
///
/// Threads: any.
/// Lifetime: the destructor waits for what was accepted.
template <class Job>
class CommitQueue {
  public:
    /// `commit` is called on the queue's thread, never with an empty batch, and throws nothing.
    using Commit = std::function<void(std::vector<Job>)>;

    CommitQueue(Commit commit, CommitQueueLimits limits)
        : commit_(std::move(commit)), limits_(limits), thread_([this] { run(); }) {}
    CommitQueue(const CommitQueue&) = delete;
    CommitQueue& operator=(const CommitQueue&) = delete;

    ~CommitQueue() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        wake_.notify_one();
        thread_.join();
    }

    /// Whether the job is accepted; if not, it stays the caller's.
    bool push(Job& job) {
        {
            const std::lock_guard lock(mutex_);
            if (waiting_.size() >= limits_.waiting) return false;
            waiting_.push_back(std::move(job));
            if (waiting_.size() != 1) return true;
        }
        wake_.notify_one();
        return true;
    }

  private:
    void run() {
        for (;;) {
            std::vector<Job> batch = next_batch();
            if (batch.empty()) return;
            commit_(std::move(batch));
        }
    }

    // Everything that waits, up to the limit; nothing at the end.
    std::vector<Job> next_batch() {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
        gather(lock);
        const std::size_t count = std::min(waiting_.size(), limits_.batch);
        last_batch_ = count;
        if (count == waiting_.size()) return std::exchange(waiting_, {});
        const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(count);
        std::vector<Job> batch(std::move_iterator(waiting_.begin()), std::move_iterator(end));
        waiting_.erase(waiting_.begin(), end);
        return batch;
    }

    void gather(std::unique_lock<std::mutex>& lock) {
        constexpr int kMostPauses = 5;
        if (limits_.gathering.count() == 0 || last_batch_ + waiting_.size() <= 2) return;
        std::size_t before = 0;
        for (int i = 0; i < kMostPauses && waiting_.size() > before; ++i) {
            before = waiting_.size();
            if (before >= limits_.batch) return;
            if (wake_.wait_for(lock, limits_.gathering, [this] { return stopping_; })) return;
        }
    }

    Commit commit_;
    CommitQueueLimits limits_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<Job> waiting_;
    std::size_t last_batch_ = 0;
    bool stopping_ = false;
    std::thread thread_;
};

/// Threads for reads that may wait for a disk, so that no caller's thread does.
///
/// Threads: any.
/// Cancellation: none. A read that was begun is finished, and its answer waited for.
/// Lifetime: outlives every awaitable it has given out; the destructor waits for all reads.
class ReadPool {
  public:
    explicit ReadPool(std::size_t threads) : threads_(threads) {}
    ReadPool(const ReadPool&) = delete;
    ReadPool& operator=(const ReadPool&) = delete;
    ~ReadPool() { threads_.join(); }

    /// `read` is a plain function, never a coroutine, and throws nothing. Resumes on the caller's
    /// executor.
    template <class Read>
    boost::asio::awaitable<std::invoke_result_t<Read&>> run(Read read) {
        using Answer = std::invoke_result_t<Read&>;
        return await_answer<Answer>([this, read = std::move(read)](
                                        std::unique_ptr<CompletionHandler<Answer>> waiter) mutable {
            boost::asio::post(threads_,
                              [read = std::move(read), waiter = std::move(waiter)]() mutable {
                                  waiter->answer(read());
                              });
        });
    }

  private:
    boost::asio::thread_pool threads_;
};

}  // namespace roster::storage
