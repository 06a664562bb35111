#include "audit/audit_writer.hpp"

#include <roster/log.hpp>

#include <boost/system/errc.hpp>

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

namespace roster::audit {
namespace {

AuditEvent lost_event(std::uint64_t count) {
    AuditEvent event;
    event.action = kLostAction;
    event.outcome = name_of(Errc::overloaded);
    event.count = count;
    return event;
}

}  // namespace

AuditWriter::AuditWriter(std::unique_ptr<AuditSink> sink, AuditChain chain,
                         const AuditOptions& options, AuditLimits limits)
    : now_(options.now),
      log_(log_or_silent(options.log)),
      limits_(limits),
      sink_(std::move(sink)),
      chain_(std::move(chain)),
      writing_(log_,
               "cannot be written; requests are still served, events wait, and those that do not "
               "fit into the queue are counted and lost",
               "is written again"),
      syncing_(log_, "cannot be synced; what was written may not survive a power cut",
               "is synced again"),
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
        // What waits takes no more memory than what will be written.
        shorten(event);
        TimedEvent timed;
        timed.event = std::move(event);
        timed.time = now_();
        const std::lock_guard lock(mutex_);
        if (waiting_.size() >= limits_.waiting_events) {
            return lose();
        }
        waiting_.push_back(std::move(timed));
    } catch (const std::exception&) {
        return lose();  // out of memory
    }
    wake_.notify_one();
}

void AuditWriter::lose() noexcept {
    ++lost_;
    ++lost_in_all_;
}

void AuditWriter::reopen() noexcept {
    {
        const std::lock_guard lock(mutex_);
        wants_reopening_ = true;
    }
    wake_.notify_one();
}

void AuditWriter::run() {
    while (wait_for_work()) {
        reopen_if_wanted();
        if (take_batch() && !write_batch()) wait_before_retry();
        if (std::chrono::steady_clock::now() >= sync_due_) sync();
    }
    // A log that cannot be written does not keep a server from stopping, nor does a slow reader:
    // the first failure ends it.
    const auto give_up_at = std::chrono::steady_clock::now() + limits_.stop_patience;
    while (take_batch() && std::chrono::steady_clock::now() < give_up_at && write_batch()) {
    }
    sync();
    log_what_is_left();
}

// Waits until there is something to write or to sync; false at the end.
bool AuditWriter::wait_for_work() {
    std::unique_lock lock(mutex_);
    const auto is_ready = [this] {
        return is_stopping_ || wants_reopening_ || !batch_.empty() || !waiting_.empty();
    };
    if (needs_sync_)
        wake_.wait_until(lock, sync_due_, is_ready);
    else
        wake_.wait(lock, is_ready);
    return !is_stopping_;
}

void AuditWriter::reopen_if_wanted() {
    {
        const std::lock_guard lock(mutex_);
        if (!std::exchange(wants_reopening_, false)) return;
    }
    const auto reopened = sink_->reopen();
    if (reopened)
        log_->info("audit log: was opened again");
    else
        log_->error("audit log: cannot be opened again, and goes on in the file it has: {}",
                    reopened.error().message());
}

// A batch that could not be written stays. False if there is nothing to write.
bool AuditWriter::take_batch() {
    const std::lock_guard lock(mutex_);
    const std::size_t count = batch_.empty() ? std::min(waiting_.size(), limits_.batch_events) : 0;
    for (std::size_t i = 0; i < count; ++i) {
        batch_.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
    }
    return !batch_.empty() || lost_ > 0;
}

bool AuditWriter::write_batch() {
    const std::uint64_t lost = lost_.exchange(0);
    const auto written = append_batch(lost);
    writing_.update(written);
    if (!written) {
        lost_ += lost;
        return false;
    }
    if (lost > 0) log_->error("audit log: {} events were lost", lost);
    if (!needs_sync_) sync_due_ = std::chrono::steady_clock::now() + limits_.sync_interval;
    needs_sync_ = true;
    batch_.clear();
    return true;
}

result<void> AuditWriter::append_batch(std::uint64_t lost) noexcept try {
    AuditChain chain = chain_;
    std::string lines;
    if (lost > 0) lines += chain.add(lost_event(lost), now_());
    for (const TimedEvent& timed : batch_)
        lines += chain.add(timed.event, timed.time);
    const auto appended = sink_->append(lines, chain_.last_seq() + 1);
    if (appended) chain_ = std::move(chain);
    return appended;
} catch (const std::exception&) {
    return make_error_code(boost::system::errc::not_enough_memory);
}

void AuditWriter::wait_before_retry() {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, limits_.retry_interval, [this] { return is_stopping_; });
}

// A failed sync is not repeated before the next write: the kernel would report success, whatever
// became of the lines.
void AuditWriter::sync() {
    if (!needs_sync_) return;
    needs_sync_ = false;
    syncing_.update(sink_->sync());
}

void AuditWriter::log_what_is_left() {
    const std::lock_guard lock(mutex_);
    const std::uint64_t left = batch_.size() + waiting_.size() + lost_;
    if (left > 0)
        log_->error("audit log: {} events could not be written before the end, and are lost", left);
}

}  // namespace roster::audit
