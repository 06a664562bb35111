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
    mix(hash(record.profile));
    mix(hash(record.metadata));
    mix(hash(record.unknown_members));
    mix(static_cast<std::uint64_t>(record.role) * 2 + (record.disabled ? 1 : 0));
    mix(static_cast<std::uint64_t>(record.created_at.time_since_epoch().count()));
    return std::max<std::uint64_t>(digest, 1);
}

void RecentChanges::add(Revision revision, UserId id, std::uint64_t before) {
    if (files_.empty() || !since_last_file_.insert(id).second) return;
    changes_.push_back({revision, id, before});
    if (changes_.size() > max_changes_) drop_oldest();
}

// A file can be compared with while all that changed since is known.
void RecentChanges::drop_oldest() {
    const Revision dropped = changes_.front().revision;
    changes_.pop_front();
    while (!files_.empty() && files_.front() < dropped)
        files_.pop_front();
    if (!files_.empty()) return;
    changes_ = {};
    since_last_file_ = {};
}

void RecentChanges::begin_file(Revision revision) {
    since_last_file_ = {};
    if (files_.empty() || files_.back() < revision) files_.push_back(revision);
}

bool RecentChanges::knows_file(Revision revision) const noexcept {
    return std::binary_search(files_.begin(), files_.end(), revision);
}

boost::unordered_flat_map<UserId, std::uint64_t> RecentChanges::since(Revision revision) const {
    const auto first = std::upper_bound(
        changes_.begin(), changes_.end(), revision,
        [](Revision wanted, const Change& change) { return wanted < change.revision; });
    boost::unordered_flat_map<UserId, std::uint64_t> changed;
    for (auto change = first; change != changes_.end(); ++change)
        changed.try_emplace(change->id, change->before);
    return changed;
}

std::size_t RecentChanges::memory_bytes() const noexcept {
    return changes_.size() * sizeof(Change) + files_.size() * sizeof(Revision) +
           since_last_file_.bucket_count() * (sizeof(UserId) + 1);
}

}  // namespace roster::storage
