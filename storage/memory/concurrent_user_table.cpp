#include "storage/memory/concurrent_user_table.hpp"

#include "storage/core/user_search.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace roster::storage {
namespace {

// A scan holds the lock for so many chunks at a time: well under a millisecond.
constexpr std::size_t kChunksPerHold = 64;

SearchRow search_row(const UserRecord& record) noexcept {
    return {record.id, record.created_at.time_since_epoch().count(), record.email, record.role,
            record.disabled};
}

}  // namespace

result<User> ConcurrentUserTable::find(UserId id) const {
    const ReadLock lock(mutex_);
    const auto record = index_.find(id);
    if (!record) return Errc::user_not_found;
    return to_user(*record);
}

result<User> ConcurrentUserTable::find_by_email(std::string_view email) const {
    const ReadLock lock(mutex_);
    const auto record = index_.find_by_email(email);
    if (!record) return Errc::user_not_found;
    return to_user(*record);
}

// A long list is gathered in short holds of the lock: commits come between two of them.
std::vector<User> ConcurrentUserTable::list(UserId after, std::size_t limit) const {
    constexpr std::size_t kUsersPerHold = 8 * UserChunk::kMaxUsers;
    std::vector<User> users;
    std::size_t target = 0;
    while (users.size() == target && target < limit) {
        target = std::min(limit, target + kUsersPerHold);
        const ReadLock lock(mutex_);
        append_users(users.empty() ? after : users.back().id, target, users);
    }
    return users;
}

void ConcurrentUserTable::append_users(UserId after, std::size_t target,
                                       std::vector<User>& users) const {
    for (const auto& chunk : index_.table().chunks_above(after)) {
        for (std::size_t i = chunk->lower_bound(after); i < chunk->size(); ++i) {
            if (chunk->at(i).id == after) continue;
            if (users.size() == target) return;
            users.push_back(to_user(chunk->at(i)));
        }
    }
}

// Both call `visit` with rows in the order of ids until it returns false. The lock is released now
// and then, so that commits and other readers do not wait long.
template <class Visit>
void ConcurrentUserTable::scan_up(UserId after, Visit visit) const {
    for (;;) {
        const ReadLock lock(mutex_);
        const auto chunks = index_.table().chunks_above(after);
        const UserId before = after;
        for (const auto& chunk : chunks.first(std::min(chunks.size(), kChunksPerHold))) {
            for (std::size_t i = chunk->lower_bound(after + 1); i < chunk->size(); ++i) {
                const UserRecord record = chunk->at(i);
                if (!visit(search_row(record))) return;
                after = record.id;
            }
        }
        if (after == before) return;
    }
}

template <class Visit>
void ConcurrentUserTable::scan_down(UserId before, Visit visit) const {
    for (;;) {
        const ReadLock lock(mutex_);
        auto chunks = index_.table().chunks_below(before);
        chunks = chunks.last(std::min(chunks.size(), kChunksPerHold));
        const UserId start = before;
        for (auto chunk = chunks.rbegin(); chunk != chunks.rend(); ++chunk) {
            for (std::size_t i = (*chunk)->lower_bound(before); i > 0; --i) {
                const UserRecord record = (*chunk)->at(i - 1);
                if (!visit(search_row(record))) return;
                before = record.id;
            }
        }
        if (before == start) return;
    }
}

result<UserPage> ConcurrentUserTable::search(const UserQuery& query) const {
    auto begun = PageCollector::begin(query);
    if (!begun) return begun.error();
    PageCollector& page = *begun;
    const auto by = query.order.first();
    // By id the page is complete after its last user, unless all users are counted.
    const bool stops_early = by.key == UserSortKey::id && !query.total;
    const auto visit = [&](const SearchRow& row) {
        page.add(row);
        return !stops_early || !page.is_full();
    };
    const std::optional<UserId> from =
        stops_early && page.after() ? std::optional(page.after()->id) : std::nullopt;
    if (stops_early && by.is_descending)
        scan_down(from.value_or(std::numeric_limits<UserId>::max()), visit);
    else
        scan_up(from.value_or(0), visit);
    return page.page([this](UserId id) -> std::optional<User> {
        auto user = find(id);
        if (!user) return std::nullopt;
        return std::move(*user);
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
    AuthState auth_state;
    auth_state.role = record->role;
    auth_state.disabled = record->disabled;
    auth_state.credentials_revision = record->credentials_revision;
    auth_state.created_at = record->created_at;
    return auth_state;
}

bool ConcurrentUserTable::contains(UserId id) const {
    const ReadLock lock(mutex_);
    return index_.find(id).has_value();
}

std::unique_ptr<ConcurrentUserTable::View> ConcurrentUserTable::snapshot() {
    const WriteLock lock(mutex_);
    return std::make_unique<View>(*this, index_.table().snapshot());
}

// The chunks are freed when nobody waits for the lock any more.
ConcurrentUserTable::View::~View() {
    std::vector<std::unique_ptr<UserChunk>> retired;
    const WriteLock lock(users_.mutex_);
    retired = users_.index_.table().give_back_view();
}

void ConcurrentUserTable::publish(const UserTransaction& batch) {
    const WriteLock lock(mutex_);
    apply_changes(batch, index_);
}

}  // namespace roster::storage
