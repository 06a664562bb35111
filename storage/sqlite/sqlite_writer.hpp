#pragma once

// The one connection that writes: a transaction for a batch, a savepoint for each write in it, and
// what is kept in memory of the users. Knows no reader.

#include <roster/store_types.hpp>

#include "storage/core/user_transaction.hpp"
#include "storage/sqlite/auth_state_cache.hpp"
#include "storage/sqlite/open_database.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace roster::storage {

class WriteTransaction;

/// Threads: any; writes are serialized.
class SqliteWriter {
  public:
    /// Throws: `StartupError`.
    SqliteWriter(OpenedDatabase opened, OpenOptions options);
    SqliteWriter(const SqliteWriter&) = delete;
    SqliteWriter& operator=(const SqliteWriter&) = delete;
    /// Records that the database was closed. Requires: no reader has it open any more.
    ~SqliteWriter();

    /// As in `Backend`.
    std::vector<result<User>> commit(std::span<const Write> batch);
    result<std::vector<User>> commit_all(std::span<const Write> batch);
    std::vector<result<SessionResult>> commit_access(std::span<const SessionWrite> batch);

    result<AuthState> auth_state(UserId id) const;
    StoreStatus status() const;
    const std::string& path() const noexcept { return opened_.path; }

  private:
    void load();
    template <class Answer, class Batch, class Apply>
    std::vector<result<Answer>> commit_each(const Batch& batch, const Apply& apply);
    // Runs `put` in a transaction; false from it undoes all. False if the transaction failed.
    bool write(const std::function<bool(WriteTransaction&)>& put);
    void publish(const WriteTransaction& transaction);
    void fail(const std::exception& error);
    void give_up(const std::string& why);
    void checkpoint_if_due();
    void close();

    OpenedDatabase opened_;
    OpenOptions options_;
    Connection& connection_;
    AuthStateCache auth_states_;

    std::mutex writing_;
    // Guarded by writing_.
    bool is_marked_open_ = false;
    bool has_given_up_ = false;
    std::size_t next_checkpoint_frames_;
    // Frames in the log; SQLite tells at every commit.
    std::size_t frames_ = 0;

    std::atomic<bool> is_writable_ = true;
    mutable std::mutex totals_mutex_;
    UserTotals totals_;
    SessionId next_session_ = 1;
    std::uint64_t users_ = 0;
    std::uint64_t sessions_ = 0;
};

}  // namespace roster::storage
