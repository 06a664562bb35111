#include "storage/memory/concurrent_user_table.hpp"

#include <algorithm>

namespace roster::storage {

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
    batch.publish_to(index_);
}

}  // namespace roster::storage
