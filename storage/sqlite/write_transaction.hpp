#pragma once

// One transaction in the making: each write is decided against what the transaction sees, by the
// rules that all stores share, and put into it behind a savepoint of its own.

#include <roster/log.hpp>
#include <roster/store.hpp>

#include "storage/core/user_transaction.hpp"
#include "storage/sqlite/connection.hpp"
#include "storage/sqlite/email_search_index.hpp"
#include "storage/sqlite/session_rows.hpp"
#include "storage/sqlite/user_rows.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace roster::storage {

/// Errors: what breaks the whole transaction is thrown as `SQLite::Exception`.
class WriteTransaction {
  public:
    using UserExists = std::function<bool(UserId)>;

    WriteTransaction(Connection& connection, UserTotals users, UserId search_up_to,
                     SessionId next_session, std::chrono::sys_seconds now, Log* log) noexcept
        : connection_(connection),
          users_(connection, users),
          search_(connection, search_up_to),
          access_(connection, next_session),
          began_(users),
          first_session_(next_session),
          now_(now),
          log_(log) {}

    /// Errors: as `UserTransaction::apply`; `store_unavailable` where the database alone refuses
    /// it.
    result<User> apply(const Write& write);
    /// Errors: as `SessionTransaction::apply`, and the same.
    result<SessionResult> apply(const SessionWrite& write, const UserExists& user_exists);

    /// Writes down what is counted, and what searches need. Requires: nothing is applied
    /// afterwards.
    void write_totals();

    /// False where every write was refused.
    bool has_changed() const noexcept { return has_changed_; }
    UserTotals users() const { return users_.totals(); }
    UserId search_up_to() const noexcept { return search_.indexed_up_to(); }
    SessionId next_session() const { return access_.next_id(); }
    /// By how many there will be more.
    std::int64_t more_sessions() const noexcept { return more_sessions_; }
    /// Nothing where a user was erased. In order.
    const std::vector<std::pair<UserId, std::optional<AuthState>>>& standings() const noexcept {
        return standings_;
    }

  private:
    result<User> decide(const Write& write, UserTransaction& batch);
    void put(const UserChange& change);
    bool is_refused(const std::function<void()>& put_rows);

    Connection& connection_;
    UserRows users_;
    EmailSearchChanges search_;
    SessionRows access_;
    UserTotals began_;
    SessionId first_session_;
    std::chrono::sys_seconds now_;
    Log* log_;
    bool has_changed_ = false;
    std::int64_t more_sessions_ = 0;
    std::vector<std::pair<UserId, std::optional<AuthState>>> standings_;
};

}  // namespace roster::storage
