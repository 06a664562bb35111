#pragma once

// Sessions and the rate limiter's records as rows of a database. Knows no rule.
// Errors: everything here throws `SQLite::Exception`.

#include <roster/store_types.hpp>

#include "storage/core/session_transaction.hpp"
#include "storage/sqlite/connection.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace roster::storage {

std::vector<Session> sessions_of(Connection& connection, UserId user);
std::vector<Session> list_sessions(Connection& connection, SessionId after, std::size_t limit);
/// Calls `take` for every session, by id.
void read_sessions(Connection& connection, const std::function<void(const Session&)>& take);
/// Those that expire after `now`, by key.
std::vector<LimiterRecord> limiter_records(Connection& connection, std::chrono::sys_seconds now);

/// Requires: it was decided against what the connection sees.
void write_step(Connection& connection, const AccessStep& step);

/// Returns how many there were.
std::size_t erase_sessions_of(Connection& connection, UserId user);

void erase_expired(Connection& connection, std::chrono::sys_seconds now);

/// Sessions and limiter records as a transaction sees them.
///
/// Lifetime: the connection outlives it.
class SessionRows final : public SessionLookup {
  public:
    SessionRows(Connection& connection, SessionId next_id) noexcept
        : connection_(connection), next_id_(next_id) {}

    std::optional<Session> find(SessionId id) const override;
    std::vector<SessionId> ids_of(UserId user) const override;
    SessionId next_id() const override { return next_id_; }
    bool knows_throttle_key(const std::string& key) const override;

    /// After a session was written.
    void set_next_id(SessionId next_id) noexcept { next_id_ = next_id; }

  private:
    Connection& connection_;
    SessionId next_id_;
};

}  // namespace roster::storage
