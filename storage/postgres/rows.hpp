#pragma once

// Users, sessions, the rate limiter's records and the totals of the store as rows of a database.
// Knows no rule: what is written was decided before.
// Errors: everything here throws `Lost`, `Refused`, and `std::runtime_error` for a row that roster
// did not write.

#include <roster/store_types.hpp>

#include "storage/core/bulk.hpp"
#include "storage/core/session_transaction.hpp"
#include "storage/core/user_transaction.hpp"
#include "storage/postgres/connection.hpp"

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace roster::storage::postgres {

/// In this order wherever a user, or a session, is read.
inline constexpr std::string_view kUserColumns =
    "id, email, password_hash, role, disabled, created_at, updated_at, revision, "
    "credentials_revision, metadata, username, name, group_names, email_verified_at, locale, "
    "last_login_at";
inline constexpr std::string_view kSessionColumns =
    "id, user_id, encode(digest, 'hex'), credentials_revision, label, address, user_agent, "
    "created_at, last_seen_at, expires_at, kind, parent";

std::string select_users(std::string_view rest);
std::string select_sessions(std::string_view rest);

/// `first`: the column of the id.
User read_user(const Rows& rows, int row, int first = 0);
std::vector<User> read_users(const Rows& rows);
Session read_session(const Rows& rows, int row);
std::vector<Session> read_sessions(const Rows& rows);
std::vector<LimiterRecord> read_limiter_records(const Rows& rows);
/// Of columns role, disabled, credentials_revision, created_at.
AuthState read_auth_state(const Rows& rows, int row, int column);

std::string hex_of(const SessionDigest& digest);

/// Whether PostgreSQL can hold it: UTF-8 without a NUL.
bool is_text(std::string_view text) noexcept;

/// Appends statements that make the rows as they are after the changes.
void send_changes(Connection& connection, std::span<const UserChange> changes);
void send_steps(Connection& connection, std::span<const SessionStep> steps,
                std::chrono::sys_seconds now);

/// A scan of the users, in order. Errors: `invalid_request`.
result<UserPage> search_users(Connection& connection, const UserQuery& query);

inline constexpr const char* kReadTotals =
    "SELECT revision, next_user_id, users, admins, (SELECT next FROM session_ids WHERE is_only), "
    "(SELECT count(*) FROM sessions WHERE ended_at IS NULL) FROM store WHERE is_only";

/// Administrators are not part of what is copied.
struct Totals : StoreTotals {
    std::uint64_t admins = 0;
};
/// Of `kReadTotals`.
Totals read_totals(const Rows& rows);
/// Appends a statement that writes all but what is of sessions.
void send_totals(Connection& connection, const Totals& totals);

}  // namespace roster::storage::postgres
