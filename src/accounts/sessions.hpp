#pragma once

// Sessions from their opening to their end: in the table for every request, in the store to stay; a
// shared store is asked at every request.
// Knows no password and no rule about who may do what.

#include <roster/log.hpp>
#include <roster/store.hpp>

#include "accounts/session_table.hpp"
#include "core/time.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace roster::accounts {

/// How long sessions live, and how many a user may have.
struct SessionRules {
    SessionRules() = default;

    /// Without being used.
    std::chrono::seconds idle = std::chrono::hours(24 * 7);
    /// Absolute.
    std::chrono::seconds lifetime = std::chrono::hours(24 * 30);
    std::size_t most_per_user = 100;
    /// The last use is written this long after it at the latest; a crash loses no more than that.
    std::chrono::seconds write_after{60};
};

/// Those that the API takes.
inline constexpr SessionKinds kLoginKinds = SessionKind::login | SessionKind::token;

/// A new token: `rst_` and 256 random bits in base64url, which scanners for leaked secrets
/// recognise. Only its digest is ever stored.
/// Requires: libsodium is ready (a PasswordHasher exists).
/// Threads: any.
Secret new_session_token();

/// nullopt if the text cannot be a token. Allocates nothing. Threads: any.
std::optional<SessionDigest> digest_of_token(std::string_view token);

/// A session to be opened.
class NewSession {
  public:
    NewSession(SessionKind its_kind, std::string its_label)
        : kind(its_kind), label(std::move(its_label)) {}

    SessionKind kind;
    std::string label;
    std::string address;
    std::string user_agent;
    /// Of a `forward` session.
    SessionId parent = 0;
    /// The rules' lifetime if it is not set.
    std::optional<std::chrono::seconds> lifetime;
};

/// A session and its token, which cannot be had again.
class OpenedSession {
  public:
    OpenedSession(Secret secret, Session opened)
        : token(std::move(secret)), session(std::move(opened)) {}

    Secret token;
    Session session;
};

/// While the server runs lifetimes are counted by the steady clock; after a start they go on from
/// the times that were stored, and a wall clock that was set back makes no session live longer
/// than a new one would.
///
/// Errors, of every awaitable: those of `Store::apply_session`.
/// Threads: any.
/// Cancellation: as of `Accounts`.
/// Lifetime: outlives every awaitable it has given out; the store outlives it.
class Sessions {
  public:
    /// How often `maintain` is to be called.
    static constexpr std::chrono::seconds kMaintainEvery{20};

    /// Throws: `StartupError` if the store's sessions cannot be read.
    Sessions(Store& store, SessionRules rules, Clock clock, std::shared_ptr<Log> log);
    /// Writes the last uses.
    ~Sessions();

    Sessions(const Sessions&) = delete;
    Sessions& operator=(const Sessions&) = delete;

    /// The longest lifetime that a session can be given.
    static constexpr std::chrono::seconds kLongest = std::chrono::days(36'500);

    boost::asio::awaitable<result<OpenedSession>> open(User user, NewSession session);

    /// A log-in that opens no session. It is written with the next `maintain`, as the uses of
    /// sessions are, unless the user logged in less than a minute before. Never waits.
    void note_log_in(const User& user);

    /// Finds a session of one of these kinds, and notes that it is used. Never waits.
    FoundSession use(const SessionDigest& digest, SessionKinds kinds) {
        return table_.use(digest, clock_.recently(), kinds);
    }

    /// Whether sessions are not in the table, but have to be proven by the store.
    bool is_shared() const noexcept { return is_shared_; }

    /// The same for a session that the store has proven.
    FoundSession use(const ProvenSession& proven, SessionKinds kinds);

    /// Errors: `session_not_found` (it is not live).
    boost::asio::awaitable<result<LiveSession>> find(SessionId id);

    /// How long ago it was opened, or its parent. Errors: as of `find`.
    boost::asio::awaitable<result<std::chrono::seconds>> age_of_log_in(SessionId id);

    /// The live ones of a user, by id, without their digests. `auth_state`: of this user.
    boost::asio::awaitable<result<std::vector<Session>>> list(UserId user, AuthState auth_state);

    /// Makes of a session that the store has what it is now, without its digest. False: it is not
    /// live. `auth_state`: of its user.
    bool update(Session& session, const AuthState& auth_state);

    /// Ends it at once, and durably when this is done.
    boost::asio::awaitable<result<void>> end(SessionId id);

    /// Ends a user's links to set a password.
    boost::asio::awaitable<result<void>> end_links(UserId user);

    /// Ends all of a user's except `but`. Returns how many there were.
    boost::asio::awaitable<result<std::size_t>> end_all(UserId user, SessionId but);

    /// The sessions of a user that was erased; the store has dropped them already.
    void drop(const std::vector<Session>& sessions);

    /// Keeps one alive with its user's new credentials.
    boost::asio::awaitable<result<void>> renew(SessionId id, Revision credentials_revision);

    /// Ends what has expired, writes log-ins that opened no session, and writes uses that are newer
    /// than what is stored by more than `write_after`. Blocks.
    void maintain();

  private:
    // By the id of a user or a session.
    using Times = boost::unordered_flat_map<std::uint64_t, std::chrono::sys_seconds>;

    void load();
    LiveSession live_of(const Session& session) const;
    std::optional<LiveSession> find_live(const Session& stored);
    void insert(const Session& session);
    void end_here(SessionId id);
    boost::asio::awaitable<result<void>> end_each(std::vector<SessionId> ids);
    std::chrono::sys_seconds wall_time_of(LiveSession::Time time) const;
    void maintain(std::chrono::seconds write_after);
    // False if it failed and is to be written again: no store will ever take what is invalid.
    bool write(SessionWrite write, const char* what);
    void note_again(const Times& unwritten, Times& notes);

    Store& store_;
    const bool is_shared_;
    const SessionRules rules_;
    const Clock clock_;
    std::shared_ptr<Log> log_;
    SessionTable table_;
    std::mutex notes_mutex_;
    // To be written.
    Times logins_;
    Times uses_;
};

/// Whether the user still has the credentials that the session was opened with.
bool is_valid_for(const AuthState& auth_state, Revision credentials_revision,
                  std::chrono::sys_seconds created_at) noexcept;

}  // namespace roster::accounts
