#include "storage/json/recent_changes.hpp"

#include <algorithm>
#include <functional>

namespace roster::storage {

std::uint64_t digest_of(const UserRecord& record) noexcept {
    std::uint64_t digest = 0;
    const auto mix = [&digest](std::uint64_t part) {
        digest = (digest ^ part) * 0x9E3779B97F4A7C15U;
        digest ^= digest >> 32;
    };
    const std::hash<std::string_view> hash;
    mix(hash(record.email));
    mix(hash(record.password_hash));
    mix(hash(record.unknown_members));
    mix(static_cast<std::uint64_t>(record.role) * 2 + (record.disabled ? 1 : 0));
    mix(static_cast<std::uint64_t>(record.created_at.time_since_epoch().count()));
    return std::max<std::uint64_t>(digest, 1);
}

void RecentChanges::add(Revision revision, UserId id, std::uint64_t before) {
    entries_.push_back({revision, id, before});
    if (entries_.size() <= kMaxEntries) return;
    forgotten_ = entries_.front().revision;
    entries_.pop_front();
}

boost::unordered_flat_map<UserId, std::uint64_t> RecentChanges::since(Revision revision) const {
    const auto first = std::upper_bound(
        entries_.begin(), entries_.end(), revision,
        [](Revision wanted, const Entry& entry) { return wanted < entry.revision; });
    boost::unordered_flat_map<UserId, std::uint64_t> changed;
    for (auto entry = first; entry != entries_.end(); ++entry)
        changed.try_emplace(entry->id, entry->before);
    return changed;
}

}  // namespace roster::storage
