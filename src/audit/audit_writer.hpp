#pragma once

// The audit log as the server has it: a bounded queue, and one thread that writes.
// Knows no file.

#include "audit/audit_queue.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace roster::audit {

struct AuditLimits {
    /// Events that may wait.
    std::size_t waiting_events = 8192;
    /// Events that are written by one append.
    std::size_t batch_events = 256;
    /// What was written is synced no later than this.
    std::chrono::milliseconds sync_interval{500};
    /// How long after a failed append the next is tried.
    std::chrono::milliseconds retry_interval{1000};
};

class AuditWriter final : public AuditLog {
  public:
    /// Requires: `options.now` is set.
    AuditWriter(AuditTrail trail, const AuditOptions& options, AuditLimits limits = AuditLimits());
    AuditWriter(const AuditWriter&) = delete;
    AuditWriter& operator=(const AuditWriter&) = delete;
    /// Writes what waits, if it can be written at all.
    ~AuditWriter() override;

    void record(AuditEvent event) noexcept override;

  private:
    using SteadyTime = std::chrono::steady_clock::time_point;

    void run();
    bool wait_for_events();
    bool take_batch();
    void wait_before_retry();
    bool write_batch() noexcept;
    void sync_if_due(bool is_end);
    void say_what_is_left();

    AuditTrail trail_;
    std::function<AuditTime()> now_;
    std::shared_ptr<Log> log_;
    AuditLimits limits_;

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<TimedEvent> waiting_;
    bool is_stopping_ = false;
    // Of the events that were taken for the batch: they still take room.
    std::size_t taken_ = 0;
    std::atomic<std::uint64_t> lost_{0};

    // Of the thread alone.
    std::vector<TimedEvent> batch_;
    SteadyTime sync_due_{};
    std::thread thread_;
};

}  // namespace roster::audit
