#include "storage/json/snapshot_scheduler.hpp"

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

SnapshotScheduler::SnapshotScheduler(JsonUserStore& book, SessionLog& access)
    : book_(book),
      access_(access),
      is_dirty_(book.needs_snapshot()),
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
    // An edit that nobody has looked at yet is looked at now: it is quiet when two looks agree.
    book_.take_over_edit();
    book_.take_over_edit();
    access_.write_forgotten();
    (void)book_.write_snapshot();
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
            book_.take_over_edit();
            access_.write_forgotten();
            next_look_ = Clock::now() + kLookEvery;
        }
        if (snapshot_is_due) write_snapshot();
        if (access_.should_be_written_anew()) access_.write_anew();
        lock.lock();
        if (!is_dirty_ && book_.needs_snapshot()) {
            is_dirty_ = true;
            dirty_since_ = Clock::now();
        }
    }
}

SnapshotScheduler::Clock::time_point SnapshotScheduler::next_deadline() const {
    if (!is_dirty_) return next_look_;
    return std::min(next_look_, std::max(dirty_since_ + kGather, next_snapshot_));
}

void SnapshotScheduler::write_snapshot() {
    const auto begin = Clock::now();
    const auto outcome = book_.write_snapshot();
    const auto end = Clock::now();
    next_snapshot_ = end + kPauseParts * (end - begin);
    if (outcome == JsonUserStore::Snapshot::failed) {
        pause_after_failure_ = std::clamp<Clock::duration>(
            pause_after_failure_ * 2, kFirstPauseAfterFailure, kLongestPauseAfterFailure);
        next_snapshot_ = end + pause_after_failure_;
    } else {
        pause_after_failure_ = {};
    }
    if (outcome == JsonUserStore::Snapshot::held_back) next_snapshot_ = end + kLookEvery;
}

}  // namespace roster::storage
