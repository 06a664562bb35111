#pragma once

// The storage interface: what the rules (accounts) await and every store offers.
// Knows no rule but those that only the commit itself can decide: unique e-mails, ids given once,
// that the last administrator stays, and how many sessions a user may have.

#include <roster/error.hpp>
#include <roster/limiter_record.hpp>
#include <roster/log.hpp>
#include <roster/secret.hpp>
#include <roster/session.hpp>
#include <roster/user.hpp>
#include <roster/user_query.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace roster {

/// A new account. The store gives it its revision, and what is not set here.
class CreateUser {
  public:
    CreateUser(std::string address, Secret phc, Role initial_role)
        : email(std::move(address)), password_hash(std::move(phc)), role(initial_role) {}

    std::string email;
    Secret password_hash;
    Role role;
    bool disabled = false;
    /// For accounts that come from another store. Errors of `apply`: `id_taken`, also for an id
    /// that was given to somebody once.
    std::optional<UserId> id;
    std::optional<std::chrono::sys_seconds> created_at;
    std::optional<std::chrono::sys_seconds> updated_at;
    /// Any text of a JSON object; the store keeps it compact, with the digits of its numbers.
    /// Errors of `apply`: `invalid_request` where it is none, has a name twice in one object, takes
    /// more than 16 KiB or is nested more than 32 deep.
    std::string metadata = "{}";
};

/// A change of the members that are set. Nothing changes where `expected` is set and is not the
/// user's revision.
class UpdateUser {
  public:
    explicit UpdateUser(UserId user) : id(user) {}

    UserId id;
    std::optional<std::string> email;
    std::optional<Secret> password_hash;
    std::optional<Role> role;
    std::optional<bool> disabled;
    /// Replaces the whole; as in `CreateUser`.
    std::optional<std::string> metadata;
    std::optional<Revision> expected;
    /// A new `password_hash` ends what was proved with the old one (`credentials_revision`) unless
    /// this is set. Disabling and enabling end it in any case.
    bool keeps_credentials = false;
};

class EraseUser {
  public:
    explicit EraseUser(UserId user) : id(user) {}

    UserId id;
    std::optional<Revision> expected;
};

using Write = std::variant<CreateUser, UpdateUser, EraseUser>;

/// As much of a user as has to be known at every request.
struct AuthState {
    AuthState() = default;

    Role role = Role::user;
    bool disabled = false;
    Revision credentials_revision = 0;
    std::chrono::sys_seconds created_at{};
};

/// A new session. The store gives it its id.
class CreateSession {
  public:
    CreateSession(Session opened, std::size_t most)
        : session(std::move(opened)), most_per_user(most) {}

    Session session;
    /// Where its user has so many already, the oldest gives way.
    std::size_t most_per_user;
};

/// Sessions that were used. One that is gone is passed over.
class TouchSessions {
  public:
    struct Seen {
        SessionId id = 0;
        std::chrono::sys_seconds at{};
    };

    explicit TouchSessions(std::vector<Seen> sessions) : seen(std::move(sessions)) {}

    std::vector<Seen> seen;
};

/// Lets a session go on with its user's new credentials. Errors of `apply`: `session_not_found`.
class RenewSession {
  public:
    RenewSession(SessionId session, Revision revision)
        : id(session), credentials_revision(revision) {}

    SessionId id;
    Revision credentials_revision;
};

/// Ends sessions. One that is gone is passed over.
class EndSessions {
  public:
    explicit EndSessions(std::vector<SessionId> sessions) : ids(std::move(sessions)) {}

    std::vector<SessionId> ids;
};

/// Ends every session of a user, but perhaps one.
class EndSessionsOf {
  public:
    explicit EndSessionsOf(UserId whose, SessionId except = 0) : user(whose), but(except) {}

    UserId user;
    SessionId but;
};

/// Puts records in the place of those with the same key; one with an empty state forgets its key.
class SaveLimiterRecords {
  public:
    explicit SaveLimiterRecords(std::vector<LimiterRecord> changed) : records(std::move(changed)) {}

    std::vector<LimiterRecord> records;
};

using SessionWrite = std::variant<CreateSession, TouchSessions, RenewSession, EndSessions,
                                  EndSessionsOf, SaveLimiterRecords>;

/// What an `SessionWrite` did.
struct SessionResult {
    SessionResult() = default;

    /// The new session, or the renewed one.
    std::optional<Session> session;
    /// Sessions that ended, by id.
    std::vector<SessionId> ended;
};

/// How a store is doing.
struct StoreStatus {
    StoreStatus() = default;

    /// False once a write could not be made durable; reads go on.
    bool writable = true;
    std::uint64_t users = 0;
    /// Administrators that are not disabled.
    std::uint64_t admins = 0;
    std::uint64_t sessions = 0;
    Revision revision = 0;
};

/// Accounts, kept.
///
/// Every call may be made from any thread; an awaitable resumes on the caller's executor.
/// A write is acknowledged after it is durable, and visible to readers only then.
///
/// Threads: any.
/// Cancellation: none. A write that was begun is finished, and its answer waited for.
/// Lifetime: the store outlives every awaitable it has given out.
class Store {
  public:
    virtual ~Store() = default;

    /// Errors: `user_not_found`, `store_unavailable`.
    virtual boost::asio::awaitable<result<User>> find(UserId id) = 0;

    /// Compared as `fold_email` does. Errors: `user_not_found`, `store_unavailable`.
    virtual boost::asio::awaitable<result<User>> find_by_email(std::string email) = 0;

    /// The first `limit` users with an id above `after`, by id. An empty page is the end.
    /// Errors: `store_unavailable`.
    virtual boost::asio::awaitable<result<std::vector<User>>> list(UserId after,
                                                                   std::size_t limit) = 0;

    /// A page of the users that are wanted, found by index: a page of a million users takes about
    /// the time of one of a thousand. Of a store in memory the first query of its kind makes its
    /// index; no other call waits for that. Errors: `invalid_request` (`why_refused` says why),
    /// `store_unavailable`.
    virtual boost::asio::awaitable<result<UserPage>> search(UserQuery query) = 0;

    /// Makes the write durable. Gives the user as it is afterwards; for `EraseUser`, as it was.
    /// Errors: `user_not_found`, `email_taken`, `id_taken`, `last_admin`, `revision_mismatch`,
    /// `overloaded` (too many writes wait), `store_unavailable` (nothing was changed).
    virtual boost::asio::awaitable<result<User>> apply(Write write) = 0;

    /// All of them in one commit, or none: where one is refused, nothing is changed, and the error
    /// is that of the first one that was refused. Errors: as `apply`.
    virtual boost::asio::awaitable<result<std::vector<User>>> apply_all(
        std::vector<Write> writes) = 0;

    /// For every request: costs no more than a look into memory.
    /// Errors: `user_not_found`, `store_unavailable`.
    virtual boost::asio::awaitable<result<AuthState>> auth_state(UserId id) = 0;

    /// Every session of a user that has not been ended, by id, whatever its age.
    /// Errors: `store_unavailable`.
    virtual boost::asio::awaitable<result<std::vector<Session>>> sessions_of(UserId user) = 0;

    /// The first `limit` sessions with an id above `after`, by id. An empty page is the end.
    /// Sessions of users that were erased are not there any more.
    /// Errors: `store_unavailable`.
    virtual boost::asio::awaitable<result<std::vector<Session>>> list_sessions(
        SessionId after, std::size_t limit) = 0;

    /// Everything that was saved and whose time is not over.
    /// Errors: `store_unavailable`.
    virtual boost::asio::awaitable<result<std::vector<LimiterRecord>>> limiter_records() = 0;

    /// Makes a change of the sessions or of the throttle durable; as with users, it is visible only
    /// then. It does not count as a change of the store: `Revision` stays.
    /// Errors: `user_not_found` (of a new session), `session_not_found`, `overloaded`,
    /// `store_unavailable` (nothing was changed).
    virtual boost::asio::awaitable<result<SessionResult>> apply_session(SessionWrite write) = 0;

    virtual StoreStatus status() const = 0;

    /// The store's URL with an absolute path, for people.
    virtual std::string url() const = 0;
};

static_assert(!std::is_aggregate_v<User> && !std::is_aggregate_v<CreateUser> &&
              !std::is_aggregate_v<UpdateUser> && !std::is_aggregate_v<EraseUser> &&
              !std::is_aggregate_v<Session> && !std::is_aggregate_v<CreateSession> &&
              !std::is_aggregate_v<TouchSessions> && !std::is_aggregate_v<RenewSession> &&
              !std::is_aggregate_v<EndSessions> && !std::is_aggregate_v<EndSessionsOf> &&
              !std::is_aggregate_v<SaveLimiterRecords> && !std::is_aggregate_v<UserQuery> &&
              !std::is_aggregate_v<UserPage>);

/// What a store needs from its surroundings.
class OpenOptions {
  public:
    OpenOptions() = default;

    /// Turns a plain password found in a book into a PHC string. Called from several threads.
    /// Where it is empty, a book with plain passwords is refused.
    std::function<result<Secret>(const Secret& password)> hash_password;
    /// Where warnings and progress go; nowhere if empty.
    std::shared_ptr<Log> log;
    /// The clock for created_at and updated_at; the system's if empty.
    std::function<std::chrono::sys_seconds()> now;
};

/// Opens the store that `url` names: `json:PATH`, `sqlite:PATH`, `memory:`.
///
/// Throws: `StartupError` with `store_locked` (another process has it), `store_damaged` (with file,
/// line and column; nothing was touched), `store_unavailable` (the machine said no) or
/// `invalid_request` (no such kind of URL).
std::unique_ptr<Store> open_store(std::string_view url, OpenOptions options);

}  // namespace roster
