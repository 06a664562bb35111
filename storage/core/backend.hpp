#pragma once

// What a store implements, synchronously: what a command that only reads needs, and the core of
// every store behind AsyncStore. Knows no Asio and no rules.

#include <roster/store_types.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace roster::storage {

/// A look-up as one of many that are answered together.
struct Lookup {
    enum class By { id, login, auth_state, digest };

    Lookup(By its_key, UserId user) : by(its_key), id(user) {}
    Lookup(By its_key, std::string text) : by(its_key), login(std::move(text)) {}
    explicit Lookup(const SessionDigest& of_session) : by(By::digest), digest(of_session) {}

    By by;
    UserId id = 0;
    std::string login;
    SessionDigest digest{};
};

/// Of `By::auth_state` an `AuthState`, of `By::digest` what `Store::prove` returns.
using LookupAnswer = std::variant<result<User>, result<AuthState>, result<ProvenSession>>;

/// Each function as in `Store`.
///
/// Threads: any.
class StoreView {
  public:
    virtual ~StoreView() = default;

    virtual result<User> find(UserId id) const = 0;
    virtual result<User> find_by_login(std::string_view login) const = 0;
    virtual result<std::vector<User>> list(UserId after, std::size_t limit) const = 0;
    virtual result<UserPage> search(const UserQuery& query) const = 0;
    virtual result<std::vector<Session>> sessions_of(UserId user) const = 0;
    virtual result<std::vector<Session>> list_sessions(SessionId after,
                                                       std::size_t limit) const = 0;
    virtual result<std::vector<LimiterRecord>> limiter_records() const = 0;
    virtual StoreStatus status() const = 0;
    virtual std::string url() const = 0;
};

/// Threads: reads from any thread, at any time, also during a commit; `commit` and `commit_all`
/// from one thread, and `commit_sessions` from one, perhaps another one, at the same time.
class Backend : public StoreView {
  public:
    /// Whether a read may wait for a disk; `auth_state` never does, unless the store is shared.
    virtual bool reads_may_block() const { return false; }

    /// Whether several servers use it, over a network: then look-ups of many callers share one
    /// round trip. Does not change.
    virtual bool is_shared() const { return false; }
    /// Answers each, in order, or none if the store is away. Requires: the store is shared. From
    /// one thread.
    virtual std::vector<LookupAnswer> look_up(std::span<const Lookup>) const { return {}; }

    virtual result<AuthState> auth_state(UserId id) const = 0;
    virtual result<AuthState> auth_state_now(UserId id, User& /*user*/) const {
        return auth_state(id);
    }

    /// Makes a batch durable at once, then visible, and answers each write by itself, in order.
    /// A refused write leaves no trace; one that follows it in the batch sees what those before it
    /// did. If the batch cannot be made durable, every write in it that was not refused gets
    /// `store_unavailable`.
    virtual std::vector<result<User>> commit(std::span<const Write> batch) = 0;

    /// All of the batch as one commit, or nothing of it: then the error of the first write that was
    /// refused, or `store_unavailable`.
    virtual result<std::vector<User>> commit_all(std::span<const Write> batch) = 0;

    /// As `commit`, for sessions and the rate limiter's records.
    virtual std::vector<result<SessionResult>> commit_sessions(
        std::span<const SessionWrite> batch) = 0;
};

}  // namespace roster::storage
