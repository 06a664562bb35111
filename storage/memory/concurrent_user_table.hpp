#pragma once

// The users that are being served: many readers, one writer, and nobody waits for a disk.

#include <roster/store_types.hpp>

#include "storage/core/fair_shared_mutex.hpp"
#include "storage/core/user_transaction.hpp"
#include "storage/memory/user_index.hpp"

#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string_view>
#include <utility>
#include <vector>

namespace roster::storage {

/// Threads: reads from any, at any time; whatever changes something, and `index`, from one at a
/// time.
class ConcurrentUserTable {
  public:
    explicit ConcurrentUserTable(UserIndex index) : index_(std::move(index)) {}

    result<User> find(UserId id) const;
    result<User> find_by_email(std::string_view email) const;
    std::vector<User> list(UserId after, std::size_t limit) const;
    /// Errors: `invalid_request`.
    result<UserPage> search(const UserQuery& query) const;
    StoreStatus status() const;
    result<AuthState> auth_state(UserId id) const;
    bool contains(UserId id) const;

    /// The users as the writer sees them. Threads: the writer's.
    const UserIndex& index() const noexcept { return index_; }

    /// Lets readers see the batch. Threads: the writer's.
    void publish(const UserTransaction& batch);

    /// Lets readers see what `change` makes of the users, all of it at once. Threads: the writer's.
    template <class ChangeUsers>
    void change(ChangeUsers change_users) {
        const WriteLock lock(mutex_);
        change_users(index_);
    }

    /// The users as they are now. Threads: the writer's.
    class View;
    std::unique_ptr<View> snapshot();

    /// What `see` gives, of the users as they are. To be kept short: commits wait for it.
    template <class See>
    auto read_locked(See see) const {
        const ReadLock lock(mutex_);
        return see(index_);
    }

  private:
    using ReadLock = std::shared_lock<FairSharedMutex>;
    using WriteLock = std::unique_lock<FairSharedMutex>;

    void append_users(UserId after, std::size_t target, std::vector<User>& users) const;
    template <class Visit>
    void scan_up(UserId after, Visit visit) const;
    template <class Visit>
    void scan_down(UserId before, Visit visit) const;

    mutable FairSharedMutex mutex_;
    UserIndex index_;
};

/// Threads: any; the users may be changed meanwhile.
/// Lifetime: the users outlive it.
class ConcurrentUserTable::View {
  public:
    View(ConcurrentUserTable& users, UserView chunks) : users_(users), chunks_(std::move(chunks)) {}
    View(const View&) = delete;
    View& operator=(const View&) = delete;
    ~View();

    const UserView& chunks() const noexcept { return chunks_; }

  private:
    ConcurrentUserTable& users_;
    UserView chunks_;
};

}  // namespace roster::storage
