#pragma once

// The thread that keeps the book up to date with what is committed, looks for edits, and keeps the
// sessions' file from growing for ever.
// Knows when, not how: a small book follows within 100 ms, a large one costs a tenth of the time.

#include "storage/json/json_user_store.hpp"
#include "storage/json/session_log.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace roster::storage {

/// Lifetime: both books outlive it; the destructor writes what the book still lacks.
class SnapshotScheduler {
  public:
    SnapshotScheduler(JsonUserStore& book, SessionLog& access);
    SnapshotScheduler(const SnapshotScheduler&) = delete;
    SnapshotScheduler& operator=(const SnapshotScheduler&) = delete;
    ~SnapshotScheduler();

    /// Something was committed. Threads: any.
    void wake();

  private:
    using Clock = std::chrono::steady_clock;

    void run();
    Clock::time_point next_deadline() const;
    void write_snapshot();

    JsonUserStore& book_;
    SessionLog& access_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool stopping_ = false;
    bool is_dirty_ = false;
    Clock::time_point dirty_since_;
    // The thread's own.
    Clock::time_point next_look_;
    Clock::time_point next_snapshot_;
    Clock::duration pause_after_failure_{};
    std::thread thread_;
};

}  // namespace roster::storage
