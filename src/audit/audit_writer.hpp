#pragma once

// The audit log as a server uses it: a bounded queue, and one thread that writes, so that callers
// never wait for a disk.
// Knows no file: lines go to an `AuditSink`.

#include "audit/audit_file.hpp"
#include "audit/audit_format.hpp"

#include <roster/audit.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace roster::audit {

struct AuditLimits {
    /// Events that may wait, besides those of the batch that is being written.
    std::size_t waiting_events = 8192;
    /// Events that are written by one append.
    std::size_t batch_events = 256;
    /// What was written is synced no later than this.
    std::chrono::milliseconds sync_interval{500};
    /// The pause after a failed append.
    std::chrono::milliseconds retry_interval{1000};
    /// At the end nothing more is written after this.
    std::chrono::milliseconds stop_patience{5000};
};

class AuditWriter final : public AuditLog {
  public:
    /// Requires: `options.now` is set.
    AuditWriter(std::unique_ptr<AuditSink> sink, AuditChain chain, const AuditOptions& options,
                AuditLimits limits = AuditLimits());
    AuditWriter(const AuditWriter&) = delete;
    AuditWriter& operator=(const AuditWriter&) = delete;
    /// Writes what waits, unless writing fails.
    ~AuditWriter() override;

    void record(AuditEvent event) noexcept override;
    std::uint64_t lost() const noexcept override { return lost_in_all_; }
    void reopen() noexcept override;

  private:
    struct TimedEvent {
        AuditEvent event;
        AuditTime time;
    };

    void lose() noexcept;
    void run();
    bool wait_for_work();
    void reopen_if_wanted();
    bool take_batch();
    bool write_batch();
    result<void> append_batch(std::uint64_t lost) noexcept;
    void wait_before_retry();
    void sync();
    void log_what_is_left();

    std::function<AuditTime()> now_;
    std::shared_ptr<Log> log_;
    AuditLimits limits_;

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<TimedEvent> waiting_;
    bool is_stopping_ = false;
    bool wants_reopening_ = false;
    // Since the log told of it last, and in all.
    std::atomic<std::uint64_t> lost_{0};
    std::atomic<std::uint64_t> lost_in_all_{0};

    // Used by the thread alone.
    std::unique_ptr<AuditSink> sink_;
    AuditChain chain_;
    std::vector<TimedEvent> batch_;
    FailureLogger writing_;
    FailureLogger syncing_;
    bool needs_sync_ = false;
    std::chrono::steady_clock::time_point sync_due_{};
    std::thread thread_;
};

}  // namespace roster::audit
