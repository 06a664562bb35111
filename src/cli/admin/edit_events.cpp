#include "cli/admin/edit_events.hpp"

#include <string>
#include <utility>

namespace roster::cli {
namespace {

AuditEvent event_of(const StoreEdit& edit) {
    AuditEvent event;
    event.actor = "operator";
    event.action = "edit";
    event.target = "store " + edit.url;
    event.outcome = edit.is_refused ? name_of(Errc::invalid_request) : "ok";
    if (edit.is_refused) return event;
    event.detail = std::to_string(edit.changed) + " changed";
    if (edit.removed > 0) event.detail += ", " + std::to_string(edit.removed) + " removed";
    event.count = edit.changed + edit.removed;
    return event;
}

}  // namespace

void EditEvents::record(const StoreEdit& edit) {
    AuditEvent event = event_of(edit);
    const std::lock_guard lock(mutex_);
    if (log_)
        log_->record(std::move(event));
    else
        waiting_.push_back(std::move(event));
}

void EditEvents::write_to(std::shared_ptr<AuditLog> log) {
    const std::lock_guard lock(mutex_);
    log_ = std::move(log);
    for (AuditEvent& event : waiting_)
        log_->record(std::move(event));
    waiting_.clear();
}

}  // namespace roster::cli
