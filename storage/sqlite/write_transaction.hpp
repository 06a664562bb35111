#pragma once

// What one transaction writes: each write is decided by the rules that all stores share, against
// what the transaction sees, and put behind a savepoint. Also what memory knows of each user, which
// follows a commit. Knows no reader.

#include <roster/log.hpp>
#include <roster/store_types.hpp>

#include "storage/core/fair_shared_mutex.hpp"
#include "storage/sqlite/rows.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <utility>
#include <vector>

namespace roster::storage {

/// What every request needs to know of its user.
/// Threads: any.
class AuthStateCache {
  public:
    std::optional<AuthState> find(UserId id) const {
        const Shard& shard = shards_[id % kShards];
        const std::shared_lock lock(shard.mutex);
        const auto found = shard.entries.find(id);
        if (found == shard.entries.end()) return std::nullopt;
        return found->second;
    }
    void put(UserId id, const AuthState& auth_state) {
        Shard& shard = shards_[id % kShards];
        const std::unique_lock lock(shard.mutex);
        shard.entries.insert_or_assign(id, auth_state);
    }
    void erase(UserId id) {
        Shard& shard = shards_[id % kShards];
        const std::unique_lock lock(shard.mutex);
        shard.entries.erase(id);
    }

  private:
    struct Shard {
        mutable FairSharedMutex mutex;
        boost::unordered_flat_map<UserId, AuthState> entries;
    };

    // Enough that no shard takes long to grow; its readers wait for that.
    static constexpr std::size_t kShards = 61;

    std::array<Shard, kShards> shards_;
};

struct WrittenTotals : StoreTotals {
    /// Administrators that are not disabled.
    std::uint64_t admins = 0;
};

/// Lifetime: what it is made of outlives it.
/// Throws: `SQLite::Exception` if all of the transaction is lost.
class WriteTransaction final : private UserLookup, private SessionLookup {
  public:
    /// `auth_states`: of the users before the transaction.
    WriteTransaction(Connection& connection, const WrittenTotals& totals,
                     const AuthStateCache& auth_states, std::chrono::sys_seconds now, Log& log)
        : connection_(connection),
          known_auth_states_(auth_states),
          now_(now),
          log_(log),
          totals_(totals) {}

    /// Errors: as the rules; `store_unavailable` if the database alone refuses it.
    result<User> apply(const Write& write);
    result<SessionResult> apply(const SessionWrite& write);

    bool has_changed() const noexcept { return has_changed_; }
    const WrittenTotals& new_totals() const noexcept { return totals_; }
    /// In order; nullopt for an erased user.
    const std::vector<std::pair<UserId, std::optional<AuthState>>>& auth_states() const noexcept {
        return auth_states_;
    }

  private:
    std::optional<User> user(UserId id) const override { return find_user(connection_, id); }
    std::optional<UserId> holder_of(std::string_view login) const override {
        return find_holder(connection_, login);
    }
    UserTotals totals() const override;
    std::optional<Session> find(SessionId id) const override;
    std::vector<SessionId> ids_of(UserId user) const override;
    SessionId next_id() const override { return totals_.next_session_id; }
    std::optional<LimiterRecord> limiter_record(const std::string& key) const override;

    template <class WriteRows>
    bool put(const WriteRows& write_rows);
    void note(const UserChange& change);
    void note(const SessionStep& step);

    Connection& connection_;
    const AuthStateCache& known_auth_states_;
    const std::chrono::sys_seconds now_;
    Log& log_;
    WrittenTotals totals_;
    bool has_changed_ = false;
    std::vector<std::pair<UserId, std::optional<AuthState>>> auth_states_;
};

}  // namespace roster::storage
