#pragma once

// Every user's state in memory, 24 bytes each: it is asked at every request.
// Knows no database.

#include <roster/store.hpp>

#include "storage/core/fair_shared_mutex.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace roster::storage {

/// Threads: any.
class AuthStateCache {
  public:
    std::optional<AuthState> find(UserId id) const;
    void put(UserId id, const AuthState& auth_state);
    void erase(UserId id);

  private:
    struct Entry {
        Revision credentials_revision;
        // The time in seconds, four times, and the two flags.
        std::int64_t created_at_and_flags;
    };
    struct Shard {
        mutable FairSharedMutex mutex;
        boost::unordered_flat_map<UserId, Entry> entries;
    };

    static std::size_t shard_of(UserId id) noexcept { return id % kShards; }

    // So many that none takes long when it grows; readers wait for that.
    static constexpr std::size_t kShards = 61;

    std::array<Shard, kShards> shards_;
};

}  // namespace roster::storage
