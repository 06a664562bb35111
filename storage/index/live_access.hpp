#pragma once

// The sessions and the throttle's memory that are being served: many readers, and writers that
// hold nobody up while a disk works.

#include <roster/store.hpp>

#include "storage/index/access_batch.hpp"
#include "storage/index/access_index.hpp"
#include "storage/index/fair_shared_mutex.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace roster::storage {

/// What a batch of access writes came to.
struct DecidedAccess {
    std::vector<result<AccessChange>> answers;
    std::vector<AccessStep> steps;
};

/// Threads: any; but from a `decide` to its `publish` nobody else decides.
class LiveAccess {
  public:
    /// Lets readers see these instead of nothing.
    void begin_with(AccessIndex index);

    std::vector<Session> sessions_of(UserId user) const;
    std::vector<Session> list(SessionId after, std::size_t limit) const;
    std::vector<ThrottleRecord> throttle_records(std::chrono::sys_seconds now) const;
    std::uint64_t size() const;
    SessionId next_id() const;

    DecidedAccess decide(std::span<const AccessWrite> writes,
                         const AccessBatch::UserExists& user_exists) const;

    /// Lets readers see the steps. Users that are gone since they were decided take their sessions
    /// with them: whoever erases a user does so first, and calls `forget_user` then. Gives the ids
    /// of those.
    std::vector<SessionId> publish(const std::vector<AccessStep>& steps,
                                   const AccessBatch::UserExists& user_exists);

    std::vector<SessionId> forget_user(UserId user);
    /// As `AccessIndex::forget_expired`, a few at a time.
    void forget_expired(std::chrono::sys_seconds now);

  private:
    mutable FairSharedMutex mutex_;
    AccessIndex index_;
};

}  // namespace roster::storage
