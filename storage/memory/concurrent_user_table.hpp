#pragma once

// The users that are being served: many readers, one writer, and nobody waits for a disk.

#include <roster/store_types.hpp>

#include "core/striped_mutex.hpp"
#include "storage/memory/user_index.hpp"

#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string_view>
#include <utility>
#include <vector>

namespace roster::storage {

/// Threads: reads from any, at any time; changes, `index` and `view` from one at a time: the
/// writer.
class ConcurrentUserTable {
  public:
    explicit ConcurrentUserTable(UserIndex index) : index_(std::move(index)) {}

    result<User> find(UserId id) const;
    result<User> find_by_login(std::string_view login) const;
    std::vector<User> list(UserId after, std::size_t limit) const;
    /// Errors: `invalid_request`.
    result<UserPage> search(const UserQuery& query) const;
    StoreStatus status() const;
    result<AuthState> auth_state(UserId id) const;
    result<AuthState> auth_state_now(UserId id, User& user) const;
    bool contains(UserId id) const;

    /// The users as the writer sees them. Threads: the writer's.
    const UserIndex& index() const noexcept { return index_; }
    /// The users at this moment; they may be changed meanwhile. Threads: the writer's.
    UserView view() { return index_.view(); }

    /// Threads: any one at a time, also beside the writer's.
    void record_logins(const std::vector<RecordLogins::Login>& logins);

    /// Shows what `change_users` changes to readers, all of it at once. Threads: the writer's.
    template <class ChangeUsers>
    void change(ChangeUsers change_users) {
        const WriteLock lock(mutex_);
        change_users(index_);
    }

  private:
    using ReadLock = std::shared_lock<StripedMutex>;
    using WriteLock = std::unique_lock<StripedMutex>;

    template <class Visit>
    void scan_up(UserId after, Visit visit) const;
    template <class Visit>
    void scan_down(UserId before, Visit visit) const;

    mutable StripedMutex mutex_;
    UserIndex index_;
};

}  // namespace roster::storage
