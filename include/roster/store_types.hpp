#pragma once

// What a store needs to be opened, what it is asked to write, what it answers, and its status.
// Knows no Asio: `store.hpp` has the asynchronous interface.

#include <roster/error.hpp>
#include <roster/log.hpp>
#include <roster/secret.hpp>
#include <roster/session.hpp>
#include <roster/user.hpp>
#include <roster/user_query.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace roster {

/// A new account. The store assigns the revision, and what is not set here.
class CreateUser {
  public:
    CreateUser(std::string address, Secret phc, Role initial_role)
        : email(std::move(address)), password_hash(std::move(phc)), role(initial_role) {}

    std::string email;
    Secret password_hash;
    Role role;
    bool disabled = false;
    /// Errors of `apply`: `username_taken`; `invalid_request` if it breaks a rule.
    UserProfile profile;
    /// For accounts that come from another store. Errors of `apply`: `id_taken`, also for an id
    /// that was assigned once and is free again.
    std::optional<UserId> id;
    std::optional<std::chrono::sys_seconds> created_at;
    std::optional<std::chrono::sys_seconds> updated_at;
    std::optional<std::chrono::sys_seconds> last_login_at;
    /// The text of a JSON object; the store keeps it compact, with the digits of its numbers.
    /// Errors of `apply`: `invalid_request` if it is not an object, has a name twice in one object,
    /// takes more than 16 KiB or is nested more than 32 deep.
    std::string metadata = "{}";
};

/// A change of the members that are set; an empty value removes a member.
class ProfileChange {
  public:
    ProfileChange() = default;

    std::optional<std::string> username;
    std::optional<std::string> name;
    std::optional<std::vector<std::string>> groups;
    std::optional<std::optional<std::chrono::sys_seconds>> email_verified_at;
    std::optional<std::string> locale;

    bool operator==(const ProfileChange&) const = default;
};

/// A change of the members that are set. Nothing changes if `expected` is set and is not the user's
/// revision.
class UpdateUser {
  public:
    explicit UpdateUser(UserId user) : id(user) {}

    UserId id;
    std::optional<std::string> email;
    std::optional<Secret> password_hash;
    std::optional<Role> role;
    std::optional<bool> disabled;
    /// Errors of `apply`: as of `CreateUser`.
    ProfileChange profile;
    /// Replaces the whole object; as in `CreateUser`.
    std::optional<std::string> metadata;
    /// `metadata` is a merge patch of the object that there is (`core/json/merge_patch.hpp`).
    bool merges_metadata = false;
    std::optional<Revision> expected;
    /// A new `password_hash` raises `credentials_revision`, which ends the user's sessions, unless
    /// this is set. Disabling and enabling raise it in any case.
    bool keeps_credentials = false;
};

class EraseUser {
  public:
    explicit EraseUser(UserId user) : id(user) {}

    UserId id;
    std::optional<Revision> expected;
};

using Write = std::variant<CreateUser, UpdateUser, EraseUser>;

/// As much of a user as every request needs.
struct AuthState {
    AuthState() = default;
    explicit AuthState(const User& user)
        : role(user.role),
          disabled(user.disabled),
          credentials_revision(user.credentials_revision),
          created_at(user.created_at) {}

    Role role = Role::user;
    bool disabled = false;
    Revision credentials_revision = 0;
    std::chrono::sys_seconds created_at{};
};

/// A session, as a store that several servers use knows it, and its user.
class ProvenSession {
  public:
    ProvenSession(Session its_session, bool has_ended, std::optional<User> its_owner)
        : session(std::move(its_session)), is_ended(has_ended), owner(std::move(its_owner)) {}

    Session session;
    /// By `EndSessions` and the like, or with its user, not by its lifetime. It is known for a day
    /// after that.
    bool is_ended;
    /// nullopt if the user was erased.
    std::optional<User> owner;
};

/// A new session; the store assigns the id. One of kind `login` is its user's last log-in, too; one
/// with a parent ends with it at the latest. Errors of `apply_session`: `session_not_found` if the
/// parent is no log-in of its user.
class CreateSession {
  public:
    CreateSession(Session opened, std::size_t most)
        : session(std::move(opened)), most_per_user(most) {}

    Session session;
    /// If the user has this many sessions of this kind, the oldest one ends.
    std::size_t most_per_user;
};

/// Sessions that were used. Sessions that do not exist any more are ignored.
class TouchSessions {
  public:
    struct Seen {
        SessionId id = 0;
        std::chrono::sys_seconds at{};
    };

    explicit TouchSessions(std::vector<Seen> sessions) : seen(std::move(sessions)) {}

    std::vector<Seen> seen;
};

/// Keeps a session valid after its user's credentials changed. Errors of `apply_session`:
/// `session_not_found`.
class RenewSession {
  public:
    RenewSession(SessionId session, Revision revision)
        : id(session), credentials_revision(revision) {}

    SessionId id;
    Revision credentials_revision;
};

/// Ends sessions, and those whose parents they are. Sessions that do not exist any more are
/// ignored.
class EndSessions {
  public:
    explicit EndSessions(std::vector<SessionId> sessions) : ids(std::move(sessions)) {}

    std::vector<SessionId> ids;
};

/// Ends every session of a user, except perhaps one.
class EndSessionsOf {
  public:
    explicit EndSessionsOf(UserId owner, SessionId except = 0) : user(owner), but(except) {}

    UserId user;
    SessionId but;
};

/// When users logged in; earlier ones than what is known, and of users that do not exist, are
/// ignored.
class RecordLogins {
  public:
    struct Login {
        UserId user = 0;
        std::chrono::sys_seconds at{};
    };

    explicit RecordLogins(std::vector<Login> users) : logins(std::move(users)) {}

    std::vector<Login> logins;
};

/// What the rate limiter remembers across a restart. Opaque to stores: they look into neither the
/// key nor the state.
/// The last record of a key counts. If the state is empty there is nothing left to remember: a
/// store drops the key, and so stays as bounded as the rate limiter is.
struct LimiterRecord {
    LimiterRecord() = default;  // not an aggregate: it is passed to awaited functions
    LimiterRecord(std::string its_key, std::string its_state, std::chrono::sys_seconds its_until)
        : key(std::move(its_key)), state(std::move(its_state)), until(its_until) {}

    /// Printable ASCII, at most 128 bytes.
    std::string key;
    /// Printable ASCII, at most 2 KiB; empty to drop the key.
    std::string state;
    /// From then on a store may drop it. Late enough for a clock that is wrong by a week.
    std::chrono::sys_seconds until{};

    friend bool operator==(const LimiterRecord&, const LimiterRecord&) = default;
};

/// Replaces the records that have the same keys; a record with an empty state removes its key.
class SaveLimiterRecords {
  public:
    explicit SaveLimiterRecords(std::vector<LimiterRecord> changed) : records(std::move(changed)) {}

    std::vector<LimiterRecord> records;
};

/// Decides a change of some of the rate limiter's records, which nobody else changes meanwhile.
class DecideLimits {
  public:
    /// Gets the records that there are of the keys, in any order, and the store's time: of a shared
    /// one by the one clock that all its servers have. Returns what to save, as in
    /// `SaveLimiterRecords`. May be called several times, of which the last one counts, and by any
    /// thread; must not wait, nor call the store.
    using Decide = std::function<std::vector<LimiterRecord>(
        const std::vector<LimiterRecord>& current,
        std::chrono::sys_time<std::chrono::milliseconds> now)>;

    DecideLimits(std::vector<std::string> all_keys, Decide decision)
        : keys(std::move(all_keys)), decide(std::move(decision)) {}

    std::vector<std::string> keys;
    Decide decide;
};

using SessionWrite = std::variant<CreateSession, TouchSessions, RenewSession, EndSessions,
                                  EndSessionsOf, RecordLogins, SaveLimiterRecords, DecideLimits>;

/// What a `SessionWrite` did.
struct SessionResult {
    SessionResult() = default;

    /// The new session, or the renewed one.
    std::optional<Session> session;
    /// Sessions that ended, by id.
    std::vector<SessionId> ended;
};

struct StoreStatus {
    StoreStatus() = default;

    /// False after a write could not be made durable; reads continue.
    bool writable = true;
    /// Then: why, and what ends it, for anybody, as "No space left on device; ...".
    std::string problem;
    std::uint64_t users = 0;
    /// Administrators that are not disabled.
    std::uint64_t admins = 0;
    std::uint64_t sessions = 0;
    Revision revision = 0;
    /// When the last snapshot was written, of a store that has them.
    std::optional<std::chrono::sys_seconds> snapshot_at;
};

/// What was committed since a store was opened. A batch is one commit.
class CommitFigures {
  public:
    static constexpr std::array<double, 8> kSizeBounds{1, 2, 5, 10, 20, 50, 100, 500};
    /// Units: seconds.
    static constexpr std::array<double, 10> kTimeBounds{0.0001, 0.0005, 0.001, 0.002, 0.005,
                                                        0.01,   0.05,   0.1,   0.5,   1};

    CommitFigures() = default;

    /// `took`: until the batch was durable and visible, or could not be made so.
    void add(std::size_t batch, std::chrono::nanoseconds took) noexcept;

    /// How many batches are at most as large, and took at most as long, as the bound, and are above
    /// the one before; the last is of those above all.
    std::array<std::uint64_t, kSizeBounds.size() + 1> sizes{};
    std::array<std::uint64_t, kTimeBounds.size() + 1> times{};
    std::uint64_t writes = 0;
    std::chrono::nanoseconds time{};
};

/// Users and sessions are committed separately.
struct StoreFigures {
    StoreFigures() = default;

    CommitFigures users;
    CommitFigures sessions;
};

/// An edit of a users file by hand, as the store took it over.
struct StoreEdit {
    std::string url;
    /// Nothing of it is taken over.
    bool is_refused = false;
    /// Users that it adds or changes, and users that it removes.
    std::size_t changed = 0;
    std::size_t removed = 0;
};

/// What a store needs from its caller.
class OpenOptions {
  public:
    OpenOptions() = default;

    /// Hashes a plain password found in a users file. Called from several threads.
    /// If empty, a users file with plain passwords is refused.
    std::function<result<Secret>(const Secret& password)> hash_password;
    /// Called for each edit by hand, while the store is opened and later, from any thread; must not
    /// wait, nor call the store. May be empty.
    std::function<void(const StoreEdit&)> on_edit;
    /// For warnings and progress; may be null.
    std::shared_ptr<Log> log;
    /// The store is opened for a server, not for one command: that a database has no synchronous
    /// standby is logged.
    bool is_for_server = false;
    /// The clock for created_at and updated_at; the system's if empty.
    std::function<std::chrono::sys_seconds()> now;
};

// What is passed to awaited functions has constructors (docs/ARCHITECTURE.md).
static_assert(!std::is_aggregate_v<User> && !std::is_aggregate_v<CreateUser> &&
              !std::is_aggregate_v<UpdateUser> && !std::is_aggregate_v<EraseUser> &&
              !std::is_aggregate_v<Session> && !std::is_aggregate_v<CreateSession> &&
              !std::is_aggregate_v<TouchSessions> && !std::is_aggregate_v<RenewSession> &&
              !std::is_aggregate_v<EndSessions> && !std::is_aggregate_v<EndSessionsOf> &&
              !std::is_aggregate_v<RecordLogins> && !std::is_aggregate_v<SaveLimiterRecords> &&
              !std::is_aggregate_v<DecideLimits> && !std::is_aggregate_v<ProvenSession> &&
              !std::is_aggregate_v<UserQuery> && !std::is_aggregate_v<UserProfile> &&
              !std::is_aggregate_v<ProfileChange> && !std::is_aggregate_v<UserPage>);

}  // namespace roster
