#pragma once

// A thread that carries out what is put into its queue: all that waits, as one batch.
// Knows no store: what a job is and how a batch of them is done is its owner's matter.

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <iterator>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace roster::storage {

struct CommitQueueLimits {
    CommitQueueLimits() = default;

    /// Jobs that may wait; one more is not accepted.
    std::size_t waiting = 4096;
    /// Jobs that a batch takes at most.
    std::size_t batch = 1024;
};

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
        const std::size_t count = std::min(waiting_.size(), limits_.batch);
        if (count == waiting_.size()) return std::exchange(waiting_, {});
        const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(count);
        std::vector<Job> batch(std::move_iterator(waiting_.begin()), std::move_iterator(end));
        waiting_.erase(waiting_.begin(), end);
        return batch;
    }

    Commit commit_;
    CommitQueueLimits limits_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<Job> waiting_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace roster::storage
