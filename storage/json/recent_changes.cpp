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
    mix(hash(record.metadata));
    mix(hash(record.unknown_members));
    mix(static_cast<std::uint64_t>(record.role) * 2 + (record.disabled ? 1 : 0));
    mix(static_cast<std::uint64_t>(record.created_at.time_since_epoch().count()));
    return std::max<std::uint64_t>(digest, 1);
}

void RecentChanges::add(Revision revision, UserId id, std::uint64_t before) {
    if (books_.empty() || !since_last_book_.insert(id).second) return;
    changes_.push_back({revision, id, before});
    if (changes_.size() > max_changes_) forget_oldest();
}

// A book is of use while all that changed since is known.
void RecentChanges::forget_oldest() {
    const Revision forgotten = changes_.front().revision;
    changes_.pop_front();
    while (!books_.empty() && books_.front() < forgotten)
        books_.pop_front();
    if (!books_.empty()) return;
    changes_ = {};
    since_last_book_ = {};
}

void RecentChanges::begin_book(Revision revision) {
    since_last_book_ = {};
    if (books_.empty() || books_.back() < revision) books_.push_back(revision);
}

bool RecentChanges::knows_book(Revision revision) const noexcept {
    return std::binary_search(books_.begin(), books_.end(), revision);
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
    return changes_.size() * sizeof(Change) + books_.size() * sizeof(Revision) +
           since_last_book_.bucket_count() * (sizeof(UserId) + 1);
}

}  // namespace roster::storage
