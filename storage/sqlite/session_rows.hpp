#pragma once

// Sessions, and what the throttle remembers, as rows of a database. Knows no rule.
// Errors: everything here throws `SQLite::Exception`.

#include <roster/store.hpp>

#include "storage/core/session_lookup.hpp"
#include "storage/memory/session_index.hpp"
#include "storage/sqlite/connection.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace roster::storage {

std::vector<Session> sessions_of(Connection& connection, UserId user);
std::vector<Session> list_sessions(Connection& connection, SessionId after, std::size_t limit);
std::vector<LimiterRecord> limiter_records(Connection& connection, std::chrono::sys_seconds now);
std::uint64_t count_sessions(Connection& connection);

/// Requires: it was decided against what the connection sees.
void write_step(Connection& connection, const AccessStep& step);

/// Gives how many there were.
std::size_t erase_sessions_of(Connection& connection, UserId user);

/// Drops what is over.
void forget_expired(Connection& connection, std::chrono::sys_seconds now);

/// Sessions and throttle as a transaction sees them.
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

    /// What was written into the transaction.
    void count(SessionId next_id) noexcept { next_id_ = next_id; }

  private:
    Connection& connection_;
    SessionId next_id_;
};

}  // namespace roster::storage
