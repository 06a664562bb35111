#include "storage/memory/concurrent_user_table.hpp"

#include "storage/core/user_search.hpp"
#include "storage/memory/packed_profile.hpp"

#include <algorithm>
#include <limits>

namespace roster::storage {
namespace {

// A scan holds the lock for so many chunks at a time: well under a millisecond.
constexpr std::size_t kChunksPerHold = 64;

SearchRow search_row(const UserRecord& record) noexcept {
    return {record.id,
            record.created_at.time_since_epoch().count(),
            seconds_of(record.last_login_at),
            record.email,
            record.role,
            record.disabled,
            groups_of(record.profile)};
}

AuthState auth_state_of(const UserRecord& record) noexcept {
    AuthState auth_state;
    auth_state.role = record.role;
    auth_state.disabled = record.disabled;
    auth_state.credentials_revision = record.credentials_revision;
    auth_state.created_at = record.created_at;
    return auth_state;
}

result<User> found(const std::optional<UserRecord>& record) {
    if (!record) return Errc::user_not_found;
    return to_user(*record);
}

}  // namespace

result<User> ConcurrentUserTable::find(UserId id) const {
    const ReadLock lock(mutex_);
    return found(index_.find(id));
}

result<User> ConcurrentUserTable::find_by_login(std::string_view login) const {
    const ReadLock lock(mutex_);
    return found(index_.find_by_login(login));
}

// Both call `visit` with users in the order of ids until it returns false. The lock is released
// after some chunks, so that commits and other readers do not wait long.
template <class Visit>
void ConcurrentUserTable::scan_up(UserId after, Visit visit) const {
    if (after == std::numeric_limits<UserId>::max()) return;
    for (UserId start = after;; start = after) {
        const ReadLock lock(mutex_);
        const auto chunks = index_.chunks_above(after);
        for (const auto& chunk : chunks.first(std::min(chunks.size(), kChunksPerHold))) {
            for (std::size_t i = chunk->lower_bound(after + 1); i < chunk->size(); ++i) {
                const UserRecord record = chunk->at(i);
                if (!visit(record)) return;
                after = record.id;
            }
        }
        if (after == start) return;
    }
}

template <class Visit>
void ConcurrentUserTable::scan_down(UserId before, Visit visit) const {
    for (UserId start = before;; start = before) {
        const ReadLock lock(mutex_);
        auto chunks = index_.chunks_below(before);
        chunks = chunks.last(std::min(chunks.size(), kChunksPerHold));
        for (auto chunk = chunks.rbegin(); chunk != chunks.rend(); ++chunk) {
            for (std::size_t i = (*chunk)->lower_bound(before); i > 0; --i) {
                const UserRecord record = (*chunk)->at(i - 1);
                if (!visit(record)) return;
                before = record.id;
            }
        }
        if (before == start) return;
    }
}

std::vector<User> ConcurrentUserTable::list(UserId after, std::size_t limit) const {
    std::vector<User> users;
    if (limit == 0) return users;
    scan_up(after, [&](const UserRecord& record) {
        users.push_back(to_user(record));
        return users.size() < limit;
    });
    return users;
}

result<UserPage> ConcurrentUserTable::search(const UserQuery& query) const {
    auto page = PageCollector::begin(query);
    if (!page) return page.error();
    const auto by = query.order.first();
    // By id the page is complete after its last user, unless all users are counted.
    const bool stops_early = by.key == UserSortKey::id && !query.total;
    const auto visit = [&](const UserRecord& record) {
        page->add(search_row(record));
        return !stops_early || !page->is_full();
    };
    std::optional<UserId> from;
    if (stops_early && page->after()) from = page->after()->id;
    if (stops_early && by.is_descending)
        scan_down(from.value_or(std::numeric_limits<UserId>::max()), visit);
    else
        scan_up(from.value_or(0), visit);
    return page->page([this](UserId id) {
        const ReadLock lock(mutex_);
        return index_.user(id);
    });
}

StoreStatus ConcurrentUserTable::status() const {
    const ReadLock lock(mutex_);
    StoreStatus status;
    status.users = index_.size();
    status.admins = index_.admins();
    status.revision = index_.revision;
    return status;
}

result<AuthState> ConcurrentUserTable::auth_state(UserId id) const {
    const ReadLock lock(mutex_);
    const auto record = index_.find(id);
    if (!record) return Errc::user_not_found;
    return auth_state_of(*record);
}

result<AuthState> ConcurrentUserTable::auth_state_now(UserId id, User& user) const {
    const ReadLock lock(mutex_);
    const auto record = index_.find(id);
    if (!record) return Errc::user_not_found;
    copy_without_hash(*record, user);
    return auth_state_of(*record);
}

bool ConcurrentUserTable::contains(UserId id) const {
    const ReadLock lock(mutex_);
    return index_.find(id).has_value();
}

// The lock keeps the chunks in their places; what the writer reads without it may change.
void ConcurrentUserTable::record_logins(const std::vector<RecordLogins::Login>& logins) {
    if (logins.empty()) return;
    const WriteLock lock(mutex_);
    for (const RecordLogins::Login& login : logins)
        index_.record_login(login);
}

}  // namespace roster::storage
