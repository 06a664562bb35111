#pragma once

// Decides a batch of session writes against the current sessions, without changing them: the answer
// to each write, and the steps that change the sessions when the batch is durable.
// Knows no lock and no disk.

#include <roster/store_types.hpp>

#include <boost/unordered/unordered_flat_map.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace roster::storage {

/// The id of the next session: at least this one.
struct NextSession {
    SessionId id = 1;
};

/// What session writes come to. Each kind says what holds afterwards, whatever held before: a
/// session that exists; when sessions were seen; the revision of one; sessions that ended; when
/// users logged in, at least; a record of the rate limiter, or that its key is removed (no state).
using SessionStep = std::variant<Session, TouchSessions, RenewSession, EndSessions, RecordLogins,
                                 LimiterRecord, NextSession>;

/// The current sessions and rate limiter's records, wherever they are kept.
class SessionLookup {
  public:
    virtual ~SessionLookup() = default;

    virtual std::optional<Session> find(SessionId id) const = 0;
    /// By id.
    virtual std::vector<SessionId> ids_of(UserId user) const = 0;
    virtual SessionId next_id() const = 0;
    virtual std::optional<LimiterRecord> limiter_record(const std::string& key) const = 0;
};

/// What every store can keep and return: texts are UTF-8 and not longer than the head of a request.
bool is_storable(const Session& session) noexcept;
bool is_storable(const LimiterRecord& record) noexcept;

/// The log-ins that accepted writes tell of, for a store that keeps its users elsewhere.
std::vector<RecordLogins::Login> logins_of(std::span<const SessionWrite> writes,
                                           std::span<const result<SessionResult>> answers);

/// The only place with the rules for a change of sessions.
///
/// Lifetime: the sessions outlive it, and do not change while `apply` runs.
class SessionTransaction {
  public:
    using UserExists = std::function<bool(UserId)>;
    using Time = std::chrono::sys_time<std::chrono::milliseconds>;

    /// `now`: the store's time.
    SessionTransaction(const SessionLookup& lookup, UserExists user_exists, Time now);

    /// Errors: `user_not_found`, `session_not_found`, `invalid_request` (texts, numbers or times
    /// that no store can hold).
    result<SessionResult> apply(const SessionWrite& write);

    /// What was accepted, in order.
    const std::vector<SessionStep>& steps() const noexcept { return steps_; }
    std::vector<SessionStep> take_steps() noexcept { return std::move(steps_); }

  private:
    result<SessionResult> create(const CreateSession& write);
    result<SessionResult> touch(const TouchSessions& write);
    result<SessionResult> renew(const RenewSession& write);
    result<SessionResult> end(std::vector<SessionId> ids);
    result<SessionResult> end_all_of(const EndSessionsOf& write);
    result<SessionResult> record(const RecordLogins& write);
    result<SessionResult> save(const std::vector<LimiterRecord>& records);
    result<SessionResult> decide(const DecideLimits& write);

    // Each gives what is staged, and stages what is not.
    std::optional<Session>& session(SessionId id);
    std::vector<SessionId>& ids_of(UserId user);
    std::optional<LimiterRecord>& limiter_record(const std::string& key);

    std::vector<SessionId> end_oldest(UserId user, SessionKind kind, std::size_t to_stay);
    void end_one(SessionId id, std::vector<SessionId>& ended);

    const SessionLookup& lookup_;
    UserExists user_exists_;
    const Time now_;
    SessionId next_id_;
    std::vector<SessionStep> steps_;
    boost::unordered_flat_map<SessionId, std::optional<Session>> sessions_;
    boost::unordered_flat_map<UserId, std::vector<SessionId>> by_user_;
    boost::unordered_flat_map<std::string, std::optional<LimiterRecord>> limiter_;
};

}  // namespace roster::storage
