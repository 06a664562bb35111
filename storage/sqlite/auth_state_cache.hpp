#pragma once

// What every request needs to know of its user, in memory: 24 bytes for each user.
// Knows no database.

#include <roster/store_types.hpp>

#include "storage/core/fair_shared_mutex.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <shared_mutex>

namespace roster::storage {

/// Threads: any.
class AuthStateCache {
  public:
    std::optional<AuthState> find(UserId id) const {
        const Shard& shard = shards_[id % kShards];
        const std::shared_lock lock(shard.mutex);
        const auto found = shard.entries.find(id);
        if (found == shard.entries.end()) return std::nullopt;
        return found->second.auth_state();
    }
    void put(UserId id, const AuthState& auth_state) {
        Shard& shard = shards_[id % kShards];
        const std::unique_lock lock(shard.mutex);
        shard.entries.insert_or_assign(id, Entry(auth_state));
    }
    void erase(UserId id) {
        Shard& shard = shards_[id % kShards];
        const std::unique_lock lock(shard.mutex);
        shard.entries.erase(id);
    }

  private:
    class Entry {
      public:
        explicit Entry(const AuthState& auth_state)
            : credentials_revision_(auth_state.credentials_revision),
              created_at_and_flags_((auth_state.created_at.time_since_epoch().count() << 2) |
                                    (auth_state.role == Role::admin ? kAdmin : 0) |
                                    (auth_state.disabled ? kDisabled : 0)) {}

        AuthState auth_state() const {
            AuthState auth_state;
            auth_state.role = (created_at_and_flags_ & kAdmin) != 0 ? Role::admin : Role::user;
            auth_state.disabled = (created_at_and_flags_ & kDisabled) != 0;
            auth_state.credentials_revision = credentials_revision_;
            auth_state.created_at =
                std::chrono::sys_seconds(std::chrono::seconds(created_at_and_flags_ >> 2));
            return auth_state;
        }

      private:
        static constexpr std::int64_t kAdmin = 1;
        static constexpr std::int64_t kDisabled = 2;

        Revision credentials_revision_;
        std::int64_t created_at_and_flags_;
    };
    struct Shard {
        mutable FairSharedMutex mutex;
        boost::unordered_flat_map<UserId, Entry> entries;
    };

    // Enough that no shard takes long to grow; its readers wait for that.
    static constexpr std::size_t kShards = 61;

    std::array<Shard, kShards> shards_;
};

}  // namespace roster::storage
