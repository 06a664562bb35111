#include "storage/index/live_users.hpp"

#include <algorithm>

namespace roster::storage {

LiveUsers::ReadLock::ReadLock(const LiveUsers& users) : lock_(users.lock_, std::defer_lock) {
    const std::lock_guard gate(users.gate_);
    lock_.lock();
}

LiveUsers::WriteLock::WriteLock(const LiveUsers& users) : lock_(users.lock_, std::defer_lock) {
    const std::lock_guard gate(users.gate_);
    lock_.lock();
}

result<User> LiveUsers::find(UserId id) const {
    const ReadLock lock(*this);
    const auto record = index_.find(id);
    if (!record) return Errc::user_not_found;
    return to_user(*record);
}

result<User> LiveUsers::find_by_email(std::string_view email) const {
    const ReadLock lock(*this);
    const auto record = index_.find_by_email(email);
    if (!record) return Errc::user_not_found;
    return to_user(*record);
}

// A long list is gathered in short holds of the lock: commits come between two of them.
std::vector<User> LiveUsers::list(UserId after, std::size_t limit) const {
    constexpr std::size_t kUsersPerHold = 8 * UserChunk::kMaxUsers;
    std::vector<User> users;
    std::size_t target = 0;
    while (users.size() == target && target < limit) {
        target = std::min(limit, target + kUsersPerHold);
        const ReadLock lock(*this);
        append_users(users.empty() ? after : users.back().id, target, users);
    }
    return users;
}

void LiveUsers::append_users(UserId after, std::size_t target, std::vector<User>& users) const {
    for (const auto& chunk : index_.table().chunks_above(after)) {
        for (std::size_t i = chunk->lower_bound(after + 1); i < chunk->size(); ++i) {
            if (users.size() == target) return;
            users.push_back(to_user(chunk->at(i)));
        }
    }
}

StoreStatus LiveUsers::status() const {
    const ReadLock lock(*this);
    StoreStatus status;
    status.users = index_.size();
    status.admins = index_.admins();
    status.revision = index_.revision;
    return status;
}

std::unique_ptr<LiveUsers::View> LiveUsers::take_view() {
    const WriteLock lock(*this);
    return std::make_unique<View>(*this, index_.table().take_view());
}

// The chunks are freed when nobody waits for the lock any more.
LiveUsers::View::~View() {
    std::vector<std::unique_ptr<UserChunk>> retired;
    const WriteLock lock(users_);
    retired = users_.index_.table().give_back_view();
}

void LiveUsers::publish(const Batch& batch) {
    const WriteLock lock(*this);
    batch.publish_to(index_);
}

}  // namespace roster::storage
