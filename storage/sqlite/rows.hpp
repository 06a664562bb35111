#pragma once

// Users, sessions, the rate limiter's records and the totals of the store as rows of a database.
// Knows no rule: what is written was decided before.
// Errors: everything here throws `SQLite::Exception`.

#include <roster/store_types.hpp>

#include "storage/core/bulk.hpp"
#include "storage/core/session_transaction.hpp"
#include "storage/core/user_transaction.hpp"
#include "storage/sqlite/connection.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace roster::storage {

/// A row that roster did not write. Other rows are still good.
class UnreadableRow : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// Throws, as everything that reads a user or a session: `UnreadableRow`.
std::optional<User> find_user(Connection& connection, UserId id);
/// By e-mail or username; the e-mail counts first.
std::optional<User> find_user_by_login(Connection& connection, std::string_view login);
/// The same, of the id alone.
std::optional<UserId> find_holder(Connection& connection, std::string_view login);
std::vector<User> list_users(Connection& connection, UserId after, std::size_t limit);

/// A scan of the users, in order, of one moment. Errors: `invalid_request`.
result<UserPage> search_users(Connection& connection, const UserQuery& query);

/// What the indexes have of a user.
struct FoldedLogins {
    std::string_view email;
    std::string_view username;
};

/// Calls `take` for every user, by id.
void read_users(Connection& connection,
                const std::function<void(const User&, const FoldedLogins&)>& take);

void read_auth_states(Connection& connection,
                      const std::function<void(UserId, const AuthState&)>& take);

/// Requires: neither the id nor the e-mail or username is taken.
void insert_user(Connection& connection, const User& user);

/// Requires: it was decided against what the connection sees.
void write_change(Connection& connection, const UserChange& change);

/// A number that is kept for the whole store.
std::uint64_t read_meta(Connection& connection, std::string_view name);
void write_meta(Connection& connection, std::string_view name, std::uint64_t value);

/// Without the members that only a users file has.
StoreTotals read_totals(Connection& connection);
StoreStatus read_status(Connection& connection);
/// `admins`: those that are not disabled.
StoreStatus status_of(const StoreTotals& totals, std::uint64_t admins);
/// Writes the numbers that differ from `before`.
void write_totals(Connection& connection, const StoreTotals& before, const StoreTotals& after);

std::optional<Session> find_session(Connection& connection, SessionId id);
std::vector<Session> sessions_of(Connection& connection, UserId user);
std::vector<Session> list_sessions(Connection& connection, SessionId after, std::size_t limit);
/// Calls `take` for every session, by id.
void read_sessions(Connection& connection, const std::function<void(const Session&)>& take);
/// Those that expire after `now`, by key.
std::vector<LimiterRecord> limiter_records(Connection& connection, std::chrono::sys_seconds now);

/// Requires: it was decided against what the connection sees.
void write_step(Connection& connection, const SessionStep& step);

/// Returns how many there were.
std::size_t erase_sessions_of(Connection& connection, UserId user);

void erase_expired(Connection& connection, std::chrono::sys_seconds now);

/// For the operator; empty, here and below, if nothing is wrong.
std::string problem_of(const StoreTotals& totals);

/// `totals`: of the store that has the user, or the session.
std::string problem_of(const User& user, const FoldedLogins& folded, const StoreTotals& totals);
std::string problem_of(const Session& session, const StoreTotals& totals);

/// What concerns more than one row. Throws: `SQLite::Exception`.
std::string problem_of_rows(Connection& connection);

}  // namespace roster::storage
