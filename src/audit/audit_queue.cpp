#include "audit/audit_queue.hpp"

#include <roster/log.hpp>

#include <string>
#include <utility>

namespace roster::audit {
namespace {

AuditEvent lost_event(std::uint64_t count) {
    AuditEvent event;
    event.action = "audit_lost";
    event.target = std::to_string(count) + (count == 1 ? " event" : " events");
    event.outcome = "overloaded";
    event.count = count;
    return event;
}

}  // namespace

AuditTrail::AuditTrail(std::unique_ptr<AuditSink> sink, AuditChain chain,
                       const AuditOptions& options)
    : sink_(std::move(sink)),
      chain_(std::move(chain)),
      now_(options.now),
      log_(options.log),
      writing_(options.log,
               "cannot be written; users are served all the same, events wait, and what finds no "
               "room any more is lost, and counted",
               "is written again"),
      syncing_(options.log, "cannot be synced; what was written may not survive a power cut",
               "is synced again") {}

bool AuditTrail::write(std::span<const TimedEvent> events, std::uint64_t lost) {
    AuditChain chain = chain_;
    std::string lines;
    if (lost > 0) lines += chain.add(lost_event(lost), now_());
    for (const TimedEvent& timed : events)
        lines += chain.add(timed.event, timed.time);
    if (lines.empty()) return true;

    const auto written = sink_->append(lines, chain_.last_seq() + 1);
    if (!written) {
        writing_.met(written.error());
        return false;
    }
    chain_ = std::move(chain);
    needs_sync_ = true;
    writing_.over();
    if (lost > 0 && log_) log_->error("audit log: {} events were lost", lost);
    return true;
}

void AuditTrail::sync() {
    if (!needs_sync_) return;
    needs_sync_ = false;
    const auto synced = sink_->sync();
    if (!synced) return syncing_.met(synced.error());
    syncing_.over();
}

}  // namespace roster::audit
