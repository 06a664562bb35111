#include "storage/sqlite/standing_map.hpp"

#include <mutex>
#include <shared_mutex>

namespace roster::storage {
namespace {

constexpr std::int64_t kAdmin = 1;
constexpr std::int64_t kDisabled = 2;
constexpr int kFlagBits = 2;

}  // namespace

std::optional<Standing> StandingMap::find(UserId id) const {
    const Shard& shard = shards_[shard_of(id)];
    const std::shared_lock lock(shard.mutex);
    const auto found = shard.entries.find(id);
    if (found == shard.entries.end()) return std::nullopt;
    const Entry& entry = found->second;
    Standing standing;
    standing.role = (entry.created_at_and_flags & kAdmin) != 0 ? Role::admin : Role::user;
    standing.disabled = (entry.created_at_and_flags & kDisabled) != 0;
    standing.credentials_revision = entry.credentials_revision;
    standing.created_at =
        std::chrono::sys_seconds(std::chrono::seconds(entry.created_at_and_flags >> kFlagBits));
    return standing;
}

void StandingMap::put(UserId id, const Standing& standing) {
    Entry entry{};
    entry.credentials_revision = standing.credentials_revision;
    entry.created_at_and_flags = (standing.created_at.time_since_epoch().count() << kFlagBits) |
                                 (standing.role == Role::admin ? kAdmin : 0) |
                                 (standing.disabled ? kDisabled : 0);
    Shard& shard = shards_[shard_of(id)];
    const std::unique_lock lock(shard.mutex);
    shard.entries.insert_or_assign(id, entry);
}

void StandingMap::erase(UserId id) {
    Shard& shard = shards_[shard_of(id)];
    const std::unique_lock lock(shard.mutex);
    shard.entries.erase(id);
}

}  // namespace roster::storage
