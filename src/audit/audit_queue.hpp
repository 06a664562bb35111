#pragma once

// Events become lines at the end of the chain; what was lost on the way becomes a line, too.
// Knows no thread and no queue.

#include "audit/audit_chain.hpp"
#include "audit/audit_sink.hpp"
#include "audit/failure_logger.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

namespace roster::audit {

/// An event, and when it happened.
struct TimedEvent {
    AuditEvent event;
    AuditTime time;
};

/// Threads: one at a time.
class AuditTrail {
  public:
    /// Requires: `options.now` is set.
    AuditTrail(std::unique_ptr<AuditSink> sink, AuditChain chain, const AuditOptions& options);

    /// Writes the events in order, by one append; before them says how many were `lost` (0: nothing
    /// is said). False where nothing was written: the same may be given again. Trouble is said in
    /// the server's log when it begins and when it ends.
    bool write(std::span<const TimedEvent> events, std::uint64_t lost);

    /// Makes durable what was written. A failure is said, and not tried again before more was
    /// written.
    void sync();

    /// Whether something was written since the last sync.
    bool needs_sync() const noexcept { return needs_sync_; }

    const AuditChain& chain() const noexcept { return chain_; }

  private:
    std::unique_ptr<AuditSink> sink_;
    AuditChain chain_;
    std::function<AuditTime()> now_;
    std::shared_ptr<Log> log_;
    FailureLogger writing_;
    FailureLogger syncing_;
    bool needs_sync_ = false;
};

}  // namespace roster::audit
