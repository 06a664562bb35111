#pragma once

// Decides a batch of access writes against the sessions as they are, without changing them: what
// each write is answered, and what will have changed when the batch is durable.
// Knows no lock and no disk.

#include <roster/store.hpp>

#include "storage/core/session_lookup.hpp"
#include "storage/memory/session_index.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace roster::storage {

/// The invariants of sessions in store.hpp are kept here, and only here.
///
/// Lifetime: what it looks into outlives its use, and is not changed while `apply` runs.
class SessionTransaction {
  public:
    using UserExists = std::function<bool(UserId)>;

    SessionTransaction(const SessionLookup& access, UserExists user_exists);

    /// Errors: `user_not_found`, `session_not_found`, `invalid_request` (texts, numbers or times
    /// that no store can hold).
    result<SessionResult> apply(const SessionWrite& write);

    /// What was accepted, in order.
    const std::vector<AccessStep>& steps() const noexcept { return steps_; }
    std::vector<AccessStep> take_steps() noexcept { return std::move(steps_); }

  private:
    result<SessionResult> create(const CreateSession& write);
    result<SessionResult> touch(const TouchSessions& write);
    result<SessionResult> renew(const RenewSession& write);
    result<SessionResult> end(std::vector<SessionId> ids);
    result<SessionResult> end_all_of(const EndSessionsOf& write);
    result<SessionResult> save(const SaveLimiterRecords& write);

    // Each gives what is staged, and stages what is not.
    std::optional<Session>& session(SessionId id);
    std::vector<SessionId>& ids_of(UserId user);

    std::vector<SessionId> end_oldest(UserId user, std::size_t to_stay);
    bool end_one(SessionId id);
    bool knows_throttle_key(const std::string& key) const;

    const SessionLookup& access_;
    UserExists user_exists_;
    SessionId next_id_;
    std::vector<AccessStep> steps_;
    boost::unordered_flat_map<SessionId, std::optional<Session>> sessions_;
    boost::unordered_flat_map<UserId, std::vector<SessionId>> by_user_;
    // Whether the throttle's key will be there.
    boost::unordered_flat_map<std::string, bool> throttle_keys_;
};

}  // namespace roster::storage
