#pragma once

// The sessions and the throttle's memory that are being served: many readers, and writers that
// hold nobody up while a disk works.

#include <roster/store_types.hpp>

#include "storage/core/fair_shared_mutex.hpp"
#include "storage/core/session_transaction.hpp"
#include "storage/memory/session_index.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace roster::storage {

/// What a batch of access writes came to.
struct DecidedSessions {
    std::vector<result<SessionResult>> answers;
    std::vector<AccessStep> steps;
};

/// Threads: any; but from a `decide` to its `publish` nobody else decides.
class ConcurrentSessionTable {
  public:
    /// Lets readers see these instead of nothing.
    void begin_with(SessionIndex index);

    std::vector<Session> sessions_of(UserId user) const;
    std::vector<Session> list(SessionId after, std::size_t limit) const;
    std::vector<LimiterRecord> limiter_records(std::chrono::sys_seconds now) const;
    std::uint64_t size() const;
    SessionId next_id() const;

    DecidedSessions decide(std::span<const SessionWrite> writes,
                           const SessionTransaction::UserExists& user_exists) const;

    /// Lets readers see the steps. Users that are gone since they were decided take their sessions
    /// with them: whoever erases a user does so first, and calls `forget_user` then. Gives the ids
    /// of those.
    std::vector<SessionId> publish(const std::vector<AccessStep>& steps,
                                   const SessionTransaction::UserExists& user_exists);

    std::vector<SessionId> forget_user(UserId user);
    /// As `SessionIndex::forget_expired`, a few at a time.
    void forget_expired(std::chrono::sys_seconds now);

  private:
    mutable FairSharedMutex mutex_;
    SessionIndex index_;
};

}  // namespace roster::storage
