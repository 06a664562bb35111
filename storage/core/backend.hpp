#pragma once

// What a store implements, synchronously: the core of every store behind AsyncStore.
// Knows no Asio and no rules.

#include <roster/store_types.hpp>

#include "storage/core/store_view.hpp"

#include <span>
#include <vector>

namespace roster::storage {

/// Threads: reads from any thread, at any time, also during a commit; `commit` and `commit_all`
/// from one thread, and `commit_access` from one, perhaps another one, at the same time.
class Backend : public StoreView {
  public:
    /// Whether a read may wait for a disk; `auth_state` never does.
    virtual bool reads_may_block() const { return false; }

    virtual result<AuthState> auth_state(UserId id) const = 0;

    /// Makes a batch durable at once, then visible, and answers each write by itself, in order.
    /// A refused write leaves no trace; one that follows it in the batch sees what those before it
    /// did. If the batch cannot be made durable, every write in it that was not refused gets
    /// `store_unavailable`.
    virtual std::vector<result<User>> commit(std::span<const Write> batch) = 0;

    /// All of the batch as one commit, or nothing of it: then the error of the first write that was
    /// refused, or `store_unavailable`.
    virtual result<std::vector<User>> commit_all(std::span<const Write> batch) = 0;

    /// As `commit`, for sessions and the rate limiter's records.
    virtual std::vector<result<SessionResult>> commit_access(
        std::span<const SessionWrite> batch) = 0;
};

}  // namespace roster::storage
