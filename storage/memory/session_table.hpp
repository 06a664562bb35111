#pragma once

// Sessions by id and by user, and the rate limiter's records, in memory: an index without a lock,
// and the table that is being served.
// Knows no disk and no clock.

#include <roster/store_types.hpp>

#include "storage/core/fair_shared_mutex.hpp"
#include "storage/core/session_transaction.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace roster::storage {

/// Requires: one writer, and no reader at the same time.
class SessionIndex final : public SessionLookup {
  public:
    std::optional<Session> find(SessionId id) const override;
    std::vector<SessionId> ids_of(UserId user) const override;
    std::vector<Session> sessions_of(UserId user) const;
    /// Appends sessions with an id above `after`, by id, until there are `target`.
    void append_sessions(SessionId after, std::size_t target, std::vector<Session>& sessions) const;
    std::size_t size() const noexcept { return sessions_.size(); }
    SessionId next_id() const override { return next_id_; }

    std::optional<LimiterRecord> limiter_record(const std::string& key) const override;
    /// Those that have not expired.
    std::vector<LimiterRecord> limiter_records(std::chrono::sys_seconds now) const;

    /// A step for a session that does not exist changes nothing.
    void apply(const SessionStep& step);
    /// Drops the sessions of a user that was erased. Returns their ids.
    std::vector<SessionId> forget_user(UserId user);
    std::vector<SessionId> forget_users_unless(const std::function<bool(UserId)>& exists);
    void forget_expired_records(std::chrono::sys_seconds now);

    /// In no order. Those that steps told of, of users that were not erased since.
    std::vector<RecordLogins::Login> last_logins() const;

  private:
    void erase(SessionId id);

    std::map<SessionId, Session> sessions_;
    std::set<std::pair<UserId, SessionId>> by_user_;
    boost::unordered_flat_map<std::string, LimiterRecord> limiter_;
    boost::unordered_flat_map<UserId, std::chrono::sys_seconds> logins_;
    SessionId next_id_ = 1;
};

/// What a batch of session writes comes to.
struct DecidedSessions {
    std::vector<result<SessionResult>> answers;
    std::vector<SessionStep> steps;
};

/// The sessions that are being served: many readers, and writers that delay nobody while a disk
/// works.
///
/// Threads: any; but one at a time from a `decide` to its `publish`.
class ConcurrentSessionTable {
  public:
    void begin_with(SessionIndex index);

    std::vector<Session> sessions_of(UserId user) const;
    std::vector<Session> list(SessionId after, std::size_t limit) const;
    std::vector<LimiterRecord> limiter_records(std::chrono::sys_seconds now) const;
    std::vector<RecordLogins::Login> last_logins() const;
    std::uint64_t size() const;
    SessionId next_id() const;

    DecidedSessions decide(std::span<const SessionWrite> writes,
                           const SessionTransaction::UserExists& user_exists,
                           std::chrono::sys_seconds now) const;

    /// Shows the steps to readers. Sessions of users that were erased since `decide` are dropped,
    /// and their ids returned: a user is erased first, and `forget_user` is called after that.
    std::vector<SessionId> publish(const std::vector<SessionStep>& steps,
                                   const SessionTransaction::UserExists& user_exists);

    std::vector<SessionId> forget_user(UserId user);
    /// Drops expired sessions and records, a few at a time.
    void forget_expired(std::chrono::sys_seconds now);

  private:
    mutable FairSharedMutex mutex_;
    SessionIndex index_;
};

}  // namespace roster::storage
