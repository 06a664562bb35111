#include "storage/json/snapshot_scheduler.hpp"

#include "storage/json/json_user_store.hpp"
#include "storage/json/session_log.hpp"

#include <algorithm>

namespace roster::storage {
namespace {

using namespace std::chrono_literals;

// Two looks that find the same text make it quiet.
constexpr auto kLookEvery = 150ms;
// So long further commits may gather for one snapshot.
constexpr auto kGather = 30ms;
// Nine parts of pause after one part of writing.
constexpr int kPauseParts = 9;
constexpr auto kFirstPauseAfterFailure = 500ms;
constexpr auto kLongestPauseAfterFailure = 10s;

}  // namespace

SnapshotScheduler::SnapshotScheduler(JsonUserStore& users, SessionLog& sessions)
    : users_(users),
      sessions_(sessions),
      is_dirty_(users.needs_copy()),
      dirty_since_(Clock::now()),
      next_look_(Clock::now() + kLookEvery),
      next_snapshot_(Clock::now()),
      thread_([this] { run(); }) {}

SnapshotScheduler::~SnapshotScheduler() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_one();
    thread_.join();
    // An edit that was not read yet is read now: it is quiet when two looks agree.
    users_.take_over_edit();
    users_.take_over_edit();
    sessions_.write_orphaned();
    (void)users_.write_snapshot();
}

void SnapshotScheduler::wake() {
    {
        const std::lock_guard lock(mutex_);
        if (is_dirty_) return;
        is_dirty_ = true;
        dirty_since_ = Clock::now();
    }
    changed_.notify_one();
}

void SnapshotScheduler::run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        const auto now = Clock::now();
        if (now < next_deadline()) {
            changed_.wait_until(lock, next_deadline());
            continue;
        }
        const bool snapshot_is_due =
            is_dirty_ && now >= std::max(dirty_since_ + kGather, next_snapshot_);
        if (snapshot_is_due) is_dirty_ = false;
        lock.unlock();
        if (now >= next_look_) {
            users_.take_over_edit();
            sessions_.write_orphaned();
            users_.try_again();
            next_look_ = Clock::now() + kLookEvery;
        }
        if (snapshot_is_due) write_files();
        if (sessions_.should_be_compacted()) sessions_.compact();
        lock.lock();
        if (!is_dirty_ && users_.needs_copy()) {
            is_dirty_ = true;
            dirty_since_ = Clock::now();
        }
    }
}

SnapshotScheduler::Clock::time_point SnapshotScheduler::next_deadline() const {
    if (!is_dirty_) return next_look_;
    return std::min(next_look_, std::max(dirty_since_ + kGather, next_snapshot_));
}

void SnapshotScheduler::write_files() {
    const auto begin = Clock::now();
    const auto outcome = users_.needs_snapshot() ? users_.write_snapshot() : users_.write_copy();
    const auto end = Clock::now();
    next_snapshot_ = end + kPauseParts * (end - begin);
    if (outcome == JsonUserStore::Written::failed) {
        pause_after_failure_ = std::clamp<Clock::duration>(
            pause_after_failure_ * 2, kFirstPauseAfterFailure, kLongestPauseAfterFailure);
        next_snapshot_ = end + pause_after_failure_;
    } else {
        pause_after_failure_ = {};
    }
    if (outcome == JsonUserStore::Written::held_back) next_snapshot_ = end + kLookEvery;
}

}  // namespace roster::storage
