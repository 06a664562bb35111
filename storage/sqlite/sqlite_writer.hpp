#pragma once

// The one connection that writes: a transaction for a batch, a savepoint for each write in it, and
// what has to be in memory afterwards. Knows no reader.

#include <roster/store.hpp>

#include "storage/core/user_lookup.hpp"
#include "storage/sqlite/auth_state_cache.hpp"
#include "storage/sqlite/database_file.hpp"
#include "storage/sqlite/user_search_rows.hpp"
#include "storage/sqlite/write_transaction.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace SQLite {
class Exception;
}

namespace roster::storage {

/// Threads: any; writes follow one another.
class SqliteWriter {
  public:
    /// Throws: `StartupError`.
    SqliteWriter(OpenedDatabase opened, OpenOptions options);
    SqliteWriter(const SqliteWriter&) = delete;
    SqliteWriter& operator=(const SqliteWriter&) = delete;
    /// Notes that the database was closed. Requires: no reader has it open any more.
    ~SqliteWriter();

    /// As in `Backend`.
    std::vector<result<User>> commit(std::span<const Write> batch);
    result<std::vector<User>> commit_all(std::span<const Write> batch);
    std::vector<result<SessionResult>> commit_access(std::span<const SessionWrite> batch);

    result<AuthState> auth_state(UserId id) const;
    StoreStatus status() const;
    ClassCounts counts() const;
    const std::string& path() const noexcept { return opened_.path; }

  private:
    void load();
    void refuse_impossible_totals() const;
    // Runs it in a transaction and makes that durable; false where it could not be.
    bool write(const std::function<void(WriteTransaction&)>& put);
    void publish(const WriteTransaction& work);
    void note_failure(const SQLite::Exception& error);
    void note_success();
    void cut_refused_frames();
    void give_up(const std::string& why);
    void checkpoint_if_due();
    void close();

    OpenedDatabase opened_;
    OpenOptions options_;
    Connection& connection_;
    AuthStateCache standings_;

    std::mutex writing_;
    // Guarded by writing_.
    bool is_marked_open_ = false;
    bool is_given_up_ = false;
    // A transaction that was refused lies whole in the log.
    bool has_refused_frames_ = false;
    std::size_t next_checkpoint_frames_;
    // Told by SQLite at every commit.
    std::size_t frames_ = 0;

    std::atomic<bool> is_writable_ = true;
    mutable std::mutex totals_mutex_;
    UserTotals totals_;
    UserId search_up_to_ = 0;
    SessionId next_session_ = 1;
    ClassCounts counts_{};
    std::uint64_t sessions_ = 0;
};

}  // namespace roster::storage
