#pragma once

// The thread that keeps the users file up to date with what is committed, looks for edits, and
// compacts the session log.
// Knows when, not how: a small file follows within 100 ms, a large one costs a tenth of the time.

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace roster::storage {

class JsonUserStore;
class SessionLog;

/// Lifetime: both outlive it; the destructor writes what the users file still lacks.
class SnapshotScheduler {
  public:
    SnapshotScheduler(JsonUserStore& users, SessionLog& sessions);
    SnapshotScheduler(const SnapshotScheduler&) = delete;
    SnapshotScheduler& operator=(const SnapshotScheduler&) = delete;
    ~SnapshotScheduler();

    /// Something was committed. Threads: any.
    void wake();

  private:
    using Clock = std::chrono::steady_clock;

    void run();
    Clock::time_point next_deadline() const;
    void write_files();

    JsonUserStore& users_;
    SessionLog& sessions_;
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
