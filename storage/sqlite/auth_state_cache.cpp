#include "storage/sqlite/auth_state_cache.hpp"

#include <mutex>
#include <shared_mutex>

namespace roster::storage {
namespace {

constexpr std::int64_t kAdmin = 1;
constexpr std::int64_t kDisabled = 2;
constexpr int kFlagBits = 2;

}  // namespace

std::optional<AuthState> AuthStateCache::find(UserId id) const {
    const Shard& shard = shards_[shard_of(id)];
    const std::shared_lock lock(shard.mutex);
    const auto found = shard.entries.find(id);
    if (found == shard.entries.end()) return std::nullopt;
    const Entry& entry = found->second;
    AuthState auth_state;
    auth_state.role = (entry.created_at_and_flags & kAdmin) != 0 ? Role::admin : Role::user;
    auth_state.disabled = (entry.created_at_and_flags & kDisabled) != 0;
    auth_state.credentials_revision = entry.credentials_revision;
    auth_state.created_at =
        std::chrono::sys_seconds(std::chrono::seconds(entry.created_at_and_flags >> kFlagBits));
    return auth_state;
}

void AuthStateCache::put(UserId id, const AuthState& auth_state) {
    Entry entry{};
    entry.credentials_revision = auth_state.credentials_revision;
    entry.created_at_and_flags = (auth_state.created_at.time_since_epoch().count() << kFlagBits) |
                                 (auth_state.role == Role::admin ? kAdmin : 0) |
                                 (auth_state.disabled ? kDisabled : 0);
    Shard& shard = shards_[shard_of(id)];
    const std::unique_lock lock(shard.mutex);
    shard.entries.insert_or_assign(id, entry);
}

void AuthStateCache::erase(UserId id) {
    Shard& shard = shards_[shard_of(id)];
    const std::unique_lock lock(shard.mutex);
    shard.entries.erase(id);
}

}  // namespace roster::storage
