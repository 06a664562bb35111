#include "storage/core/store_threads.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <vector>

namespace roster::storage {
namespace {

using std::chrono::milliseconds;

// A queue whose first batch is committed when the test says so.
class GatheringQueue {
  public:
    explicit GatheringQueue(std::chrono::microseconds gathering)
        : queue_([this](const std::vector<int>& batch) { commit(batch.size()); },
                 limits_with(gathering)) {}

    void push(int job) { ASSERT_TRUE(queue_.push(job)); }

    // False: it did not get there in time.
    bool wait_for_batches(std::size_t count, std::chrono::milliseconds patience) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, patience, [&] { return batches_.size() >= count; });
    }

    void let_commit() {
        const std::lock_guard lock(mutex_);
        may_commit_ = true;
        changed_.notify_all();
    }

    std::vector<std::size_t> batches() {
        const std::lock_guard lock(mutex_);
        return batches_;
    }

  private:
    static CommitQueueLimits limits_with(std::chrono::microseconds gathering) {
        CommitQueueLimits limits;
        limits.gathering = gathering;
        return limits;
    }

    void commit(std::size_t jobs) {
        std::unique_lock lock(mutex_);
        batches_.push_back(jobs);
        changed_.notify_all();
        changed_.wait(lock, [&] { return may_commit_; });
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    bool may_commit_ = false;
    std::vector<std::size_t> batches_;
    CommitQueue<int> queue_;
};

constexpr milliseconds kPatience{30'000};

// The sizes of batches when two jobs wait for the first one, and another one comes a moment later.
std::vector<std::size_t> batches_with(milliseconds gathering) {
    GatheringQueue queue(gathering);
    queue.push(1);
    EXPECT_TRUE(queue.wait_for_batches(1, kPatience));
    queue.push(2);
    queue.push(3);
    queue.let_commit();
    (void)queue.wait_for_batches(2, gathering / 10);
    queue.push(4);
    for (std::size_t jobs = 0, seen = 0; jobs < 4;) {
        EXPECT_TRUE(queue.wait_for_batches(++seen, kPatience));
        jobs += queue.batches().at(seen - 1);
    }
    return queue.batches();
}

// A thread may stand still for longer than the pause: then it is tried again.
TEST(CommitQueue, WaitsAMomentForThoseWhoCameTogether) {
    std::vector<std::size_t> batches;
    for (int i = 0; i < 20 && batches.size() != 2; ++i)
        batches = batches_with(milliseconds(100));
    EXPECT_EQ(batches, (std::vector<std::size_t>{1, 3}));
}

TEST(CommitQueue, TakesWhatThereIsAtOnceOtherwise) {
    GatheringQueue queue(std::chrono::microseconds(0));
    queue.push(1);
    ASSERT_TRUE(queue.wait_for_batches(1, kPatience));
    queue.push(2);
    queue.push(3);
    queue.let_commit();
    ASSERT_TRUE(queue.wait_for_batches(2, kPatience));
    EXPECT_EQ(queue.batches(), (std::vector<std::size_t>{1, 2}));
}

// An hour's pause would hang the test.
TEST(CommitQueue, LetsACallerWhoIsAloneNotWait) {
    GatheringQueue queue{std::chrono::hours(1)};
    queue.let_commit();
    for (std::size_t i = 1; i <= 3; ++i) {
        queue.push(0);
        ASSERT_TRUE(queue.wait_for_batches(i, kPatience));
    }
}

}  // namespace
}  // namespace roster::storage
