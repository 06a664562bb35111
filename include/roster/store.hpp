#pragma once

// The asynchronous storage interface: what accounts await and every store implements.
// Knows no rules but those that only a commit can decide: unique e-mails and usernames, ids
// assigned once, the last administrator, and the number of a user's sessions.

#include <roster/store_types.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace roster {

/// A write is acknowledged after it is durable, and visible to readers only then.
///
/// Threads: any; an awaitable resumes on the caller's executor.
/// Cancellation: none. A write that was begun is finished, and its answer is awaited.
/// Lifetime: the store outlives every awaitable it has returned.
class Store {
  public:
    virtual ~Store() = default;

    /// Errors: `user_not_found`, `store_unavailable`.
    virtual boost::asio::awaitable<result<User>> find(UserId id) = 0;

    /// The user with this e-mail; otherwise with this username. Both compared as `fold_email` does.
    /// Errors: `user_not_found`, `store_unavailable`.
    virtual boost::asio::awaitable<result<User>> find_by_login(std::string login) = 0;

    /// The first `limit` users with an id above `after`, by id. An empty page is the end.
    /// Errors: `store_unavailable`.
    virtual boost::asio::awaitable<result<std::vector<User>>> list(UserId after,
                                                                   std::size_t limit) = 0;

    /// A page of the users that match, found by a scan: some 50 ms for a million users, while
    /// commits and other reads continue. Errors: `invalid_request` (`problem_of` says why, or the
    /// cursor is not of this query), `store_unavailable`.
    virtual boost::asio::awaitable<result<UserPage>> search(UserQuery query) = 0;

    /// Makes the write durable. Returns the user as it is afterwards; for `EraseUser`, as it was.
    /// Errors: `user_not_found`, `email_taken`, `username_taken`, `id_taken`, `last_admin`,
    /// `revision_mismatch`, `overloaded` (too many writes wait), `store_unavailable`.
    virtual boost::asio::awaitable<result<User>> apply(Write write) = 0;

    /// All of them in one commit, or none: if one is refused, nothing changes, and the error is
    /// that of the first write that was refused. Errors: as `apply`.
    virtual boost::asio::awaitable<result<std::vector<User>>> apply_all(
        std::vector<Write> writes) = 0;

    /// For every request: costs no more than a look-up in memory.
    /// Errors: `user_not_found`, `store_unavailable`.
    virtual boost::asio::awaitable<result<AuthState>> auth_state(UserId id) = 0;

    /// The same at once; `user` gets the user without the password hash, if the store has all users
    /// in memory, and keeps its memory. Otherwise its id stays what it is.
    /// Requires: the store is not shared.
    virtual result<AuthState> auth_state_now(UserId id, User& user) = 0;

    /// Whether several servers use it at the same time: then nothing that it knows may be
    /// remembered beyond a request.
    virtual bool is_shared() const { return false; }

    /// The session with this digest, and its user, in one look-up.
    /// Requires: the store is shared. Errors: `session_not_found`, `store_unavailable`.
    virtual boost::asio::awaitable<result<ProvenSession>> prove(SessionDigest digest) = 0;

    /// Every session of a user that has not been ended, by id, whatever its age.
    /// Errors: `store_unavailable`.
    virtual boost::asio::awaitable<result<std::vector<Session>>> sessions_of(UserId user) = 0;

    /// The first `limit` sessions with an id above `after`, by id. An empty page is the end.
    /// Sessions of users that were erased are gone.
    /// Errors: `store_unavailable`.
    virtual boost::asio::awaitable<result<std::vector<Session>>> list_sessions(
        SessionId after, std::size_t limit) = 0;

    /// Every record that was saved and has not expired.
    /// Errors: `store_unavailable`.
    virtual boost::asio::awaitable<result<std::vector<LimiterRecord>>> limiter_records() = 0;

    /// Makes a change of the sessions or of the rate limiter's records durable; as with users, it
    /// is visible only then. It does not change the store's `Revision`.
    /// Errors: `user_not_found` (of a new session), `session_not_found`, `invalid_request` (texts,
    /// numbers or times that no store can hold), `overloaded`,
    /// `store_unavailable`.
    virtual boost::asio::awaitable<result<SessionResult>> apply_session(SessionWrite write) = 0;

    virtual StoreStatus status() const = 0;

    /// For metrics. A store that counts nothing has none.
    virtual StoreFigures figures() const { return {}; }

    /// The store's URL with an absolute path, for people.
    virtual std::string url() const = 0;
};

/// Opens the store that `url` names: `json:PATH`, `sqlite:PATH`, `memory:`.
///
/// Throws: `StartupError` with `store_locked` (another process uses it), `store_damaged` (with
/// file, line and column; nothing was changed), `store_unavailable` (the system refused) or
/// `invalid_request` (unknown kind of URL).
std::unique_ptr<Store> open_store(std::string_view url, OpenOptions options);

}  // namespace roster
