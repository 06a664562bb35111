#pragma once

// What a commit reads before it is decided.
// Errors: as of rows.hpp.

#include "storage/core/session_transaction.hpp"
#include "storage/core/user_transaction.hpp"
#include "storage/postgres/connection.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace roster::storage::postgres {

/// Whether the database can hold the texts of a write, as far as the rules do not say so.
bool is_text(const Write& write) noexcept;
bool is_text(const SessionWrite& write) noexcept;

/// The users that a batch of writes concerns. They stay locked up to the end of the transaction.
class PrefetchedUsers final : public UserLookup {
  public:
    /// Requires: a transaction that reads what is committed.
    PrefetchedUsers(Connection& connection, std::span<const Write> batch);

    std::optional<User> user(UserId id) const override;
    std::optional<UserId> holder_of(std::string_view login) const override;
    UserTotals totals() const override { return totals_; }

    /// Of the whole store, before the batch.
    std::uint64_t users() const noexcept { return users_in_store_; }
    std::uint64_t sessions_of(UserId user) const;

  private:
    boost::unordered_flat_map<UserId, User> users_;
    boost::unordered_flat_map<std::string, UserId> holders_;
    boost::unordered_flat_map<UserId, std::uint64_t> sessions_;
    UserTotals totals_;
    std::uint64_t users_in_store_ = 0;
};

/// The sessions and records that a batch of writes concerns. The records, and the users of the
/// sessions, stay locked.
class PrefetchedSessions final : public SessionLookup {
  public:
    /// Commits new ids by itself, before the transaction: so no instance waits for another one's
    /// commit. Ids of a batch that fails are not used.
    static void reserve_ids(Connection& connection, std::span<const SessionWrite> batch);

    /// Requires: as above; `reserve_ids` was called.
    PrefetchedSessions(Connection& connection, std::span<const SessionWrite> batch);

    std::optional<Session> find(SessionId id) const override;
    std::vector<SessionId> ids_of(UserId user) const override;
    SessionId next_id() const override { return next_id_; }
    std::optional<LimiterRecord> limiter_record(const std::string& key) const override;

    bool user_exists(UserId user) const { return users_.contains(user); }

    /// By the database's clock, when the records were locked; `nullopt` if the batch is about none.
    std::optional<SessionTransaction::Time> now() const { return now_; }

  private:
    using Time = SessionTransaction::Time;

    std::optional<Time> now_;
    std::map<SessionId, Session> sessions_;
    std::set<UserId> users_;
    std::map<std::string, LimiterRecord> records_;
    SessionId next_id_ = 1;
};

}  // namespace roster::storage::postgres
