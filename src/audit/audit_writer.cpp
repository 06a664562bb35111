#include "audit/audit_writer.hpp"

#include <roster/log.hpp>

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

namespace roster::audit {
namespace {

// What waits must not take more memory than what will be written.
void cut_texts(AuditEvent& event) {
    for (std::string* text : {&event.actor, &event.address, &event.action, &event.target,
                              &event.outcome, &event.detail, &event.request_id})
        if (text->capacity() > kMaxAuditTextBytes) *text = cut_audit_text(*text);
}

}  // namespace

AuditWriter::AuditWriter(AuditTrail trail, const AuditOptions& options, AuditLimits limits)
    : trail_(std::move(trail)),
      now_(options.now),
      log_(options.log),
      limits_(limits),
      thread_([this] { run(); }) {}

AuditWriter::~AuditWriter() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void AuditWriter::record(AuditEvent event) noexcept {
    try {
        cut_texts(event);
        TimedEvent timed;
        timed.event = std::move(event);
        timed.time = now_();
        const std::lock_guard lock(mutex_);
        if (waiting_.size() + taken_ >= limits_.waiting_events) {
            ++lost_;
            return;
        }
        waiting_.push_back(std::move(timed));
    } catch (const std::exception&) {
        ++lost_;  // no memory
        return;
    }
    wake_.notify_one();
}

void AuditWriter::run() {
    while (wait_for_events()) {
        (void)take_batch();
        if (!write_batch()) wait_before_retry();
        sync_if_due(false);
    }
    // A log that cannot be written does not keep a server from stopping: each batch has one chance.
    bool is_written = true;
    while (is_written && take_batch())
        is_written = write_batch();
    // Also without an event: some may have been lost behind the last one.
    if (is_written) (void)write_batch();
    sync_if_due(true);
    say_what_is_left();
}

// Until there is something to write or to sync; false at the end.
bool AuditWriter::wait_for_events() {
    std::unique_lock lock(mutex_);
    const auto is_ready = [this] { return is_stopping_ || !batch_.empty() || !waiting_.empty(); };
    if (trail_.needs_sync())
        wake_.wait_until(lock, sync_due_, is_ready);
    else
        wake_.wait(lock, is_ready);
    return !is_stopping_;
}

// What could not be written goes before what waits. False where there is nothing.
bool AuditWriter::take_batch() {
    const std::lock_guard lock(mutex_);
    if (!batch_.empty()) return true;
    taken_ = std::min(waiting_.size(), limits_.batch_events);
    for (std::size_t i = 0; i < taken_; ++i) {
        batch_.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
    }
    return !batch_.empty();
}

void AuditWriter::wait_before_retry() {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, limits_.retry_interval, [this] { return is_stopping_; });
}

bool AuditWriter::write_batch() noexcept {
    const std::uint64_t lost = lost_.exchange(0);
    const bool needed_sync = trail_.needs_sync();
    bool is_written = false;
    try {
        is_written = trail_.write(batch_, lost);
    } catch (const std::exception& error) {
        if (log_) log_->error("audit log: {}", error.what());
    }
    if (!is_written) {
        lost_ += lost;
        return false;
    }
    if (!needed_sync) sync_due_ = std::chrono::steady_clock::now() + limits_.sync_interval;
    batch_.clear();
    const std::lock_guard lock(mutex_);
    taken_ = 0;
    return true;
}

void AuditWriter::sync_if_due(bool is_end) {
    if (is_end || std::chrono::steady_clock::now() >= sync_due_) trail_.sync();
}

void AuditWriter::say_what_is_left() {
    const std::lock_guard lock(mutex_);
    const std::uint64_t left = batch_.size() + waiting_.size() + lost_;
    if (left > 0 && log_)
        log_->error("audit log: {} events could not be written before the end, and are lost", left);
}

}  // namespace roster::audit
