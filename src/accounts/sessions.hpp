#pragma once

// Sessions from their opening to their end: the table for every request, the store for good, and
// the clock that ends them.
// Knows no password and no rule about who may do what.

#include <roster/log.hpp>
#include <roster/store.hpp>

#include "accounts/session_table.hpp"
#include "core/clock.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace roster::accounts {

/// How long sessions live, and how many a user may have.
struct SessionRules {
    SessionRules() = default;

    /// Without being used.
    std::chrono::seconds idle = std::chrono::hours(24 * 7);
    /// However busy.
    std::chrono::seconds lifetime = std::chrono::hours(24 * 30);
    std::size_t most_per_user = 100;
    /// The last use is written so long after it at the latest; a crash forgets no more than that.
    std::chrono::seconds write_after{60};
};

/// A session and the secret that stands for it, which nobody will see again.
class OpenedSession {
  public:
    OpenedSession(Secret secret, Session opened)
        : token(std::move(secret)), session(std::move(opened)) {}

    Secret token;
    Session session;
};

/// While the server runs lifetimes are counted by the steady clock; after a start they go on from
/// the times that were kept, and a wall clock that was set back makes no session live longer than
/// a new one would.
///
/// Errors, of every awaitable: those of `Store::apply_session`.
/// Threads: any.
/// Cancellation: none.
/// Lifetime: outlives every awaitable it has given out; the store outlives it.
class Sessions {
  public:
    /// Reads the store's sessions; keeps them up to date on a thread of its own.
    /// Throws: `StartupError` where the store cannot be read.
    Sessions(Store& store, SessionRules rules, Clock clock, std::shared_ptr<Log> log);
    /// Writes down the last uses.
    ~Sessions();

    Sessions(const Sessions&) = delete;
    Sessions& operator=(const Sessions&) = delete;

    /// A new one for a user who has just proved who he is.
    boost::asio::awaitable<result<OpenedSession>> open(User user, std::string label,
                                                       std::string address, std::string user_agent);

    /// Looks a session up and notes its use. Never waits.
    FoundSession use(const SessionDigest& digest) { return table_.use(digest, clock_.steady()); }

    /// Nothing where it is not alive.
    std::optional<LiveSession> find(SessionId id) const { return table_.find(id, clock_.steady()); }

    /// Those of a user that are alive, by id, without their digests. `auth_state` is his.
    boost::asio::awaitable<result<std::vector<Session>>> list(UserId user, AuthState auth_state);

    /// Ends it at once, and durably when this is done.
    boost::asio::awaitable<result<void>> end(SessionId id);

    /// Ends all of a user's, but perhaps one. Gives how many there were.
    boost::asio::awaitable<result<std::size_t>> end_all(UserId user, SessionId but);

    /// Forgets the sessions of a user that was erased; the store has done so already.
    void forget(const std::vector<Session>& sessions);

    /// Lets one go on with its user's new credentials.
    boost::asio::awaitable<result<void>> renew(SessionId id, Revision credentials_revision);

    /// Ends what has expired, and writes down uses that are newer than what is kept by more than
    /// `write_after`. For the keeper's thread, and for tests.
    void keep(std::chrono::seconds write_after);

  private:
    void load();
    void insert(const Session& session);
    void run();
    std::chrono::sys_seconds wall_time_of(LiveSession::Time time) const;
    void write(SessionWrite write, const char* what);

    Store& store_;
    const SessionRules rules_;
    const Clock clock_;
    std::shared_ptr<Log> log_;
    SessionTable table_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    std::thread keeper_;
};

/// Whether a session still rests on what its user is now.
bool rests_on(const AuthState& auth_state, Revision credentials_revision,
              std::chrono::sys_seconds created_at) noexcept;

}  // namespace roster::accounts
