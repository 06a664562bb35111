#pragma once

// The session log, NAME.sessions: sessions and the rate limiter's records while a store is open, in
// memory and on the disk.
// Knows no thread: the backend and the snapshot scheduler decide when.

#include <roster/store.hpp>

#include "core/files/file_system.hpp"
#include "storage/json/atomic_file.hpp"
#include "storage/json/batch_log.hpp"
#include "storage/memory/session_table.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace roster::storage {

std::string session_log_path(const std::string& users_file);

/// What is in the file.
struct LoadedSessions {
    SessionIndex index;
    std::uint64_t next_batch = 1;
    /// Where the last whole batch ends.
    std::uint64_t good_bytes = 0;
    std::uint64_t torn_bytes = 0;
};

/// Changes no file. One that is missing is an empty one.
///
/// Throws: `StartupError` with `store_damaged` (with file and offset) or `store_unavailable`.
LoadedSessions load_sessions(FileSystem& files, const std::string& path);

/// What can be read, whole batches after a broken one included.
SessionIndex recover_sessions(std::string_view text);

/// Writes a whole session log, to replace the old one.
/// Errors, of every call: what the system says.
class SessionLogWriter {
  public:
    static result<SessionLogWriter> create(FileSystem& files, const std::string& path,
                                           const FileInfo& owner);

    /// Writes steps as one batch; nothing without steps.
    result<void> put(std::span<const SessionStep> steps);
    result<void> put(Batch batch);
    /// Everything that has not expired.
    result<void> put_all(const ConcurrentSessionTable& sessions, std::chrono::sys_seconds now);

    /// Makes durable what was put so far. A failure is final for the file system.
    result<void> sync() { return file_.sync(); }
    /// Requires: everything is synced. `sync_directory` makes it durable.
    result<void> put_in_place() { return file_.put_in_place(); }

    std::uint64_t next_batch() const noexcept { return next_batch_; }
    std::uint64_t size_bytes() const noexcept { return size_bytes_; }
    /// Requires: it was put in place.
    std::unique_ptr<File> take_file() { return file_.take_file(); }

  private:
    explicit SessionLogWriter(TemporaryFile file) : file_(std::move(file)) {}

    TemporaryFile file_;
    std::uint64_t next_batch_ = 1;
    std::uint64_t size_bytes_ = 0;
};

/// Threads: reads and `forget_user` from any; `commit` from one at a time, and beside it
/// `write_orphaned` and `compact` from one other.
class SessionLog {
  public:
    /// A smaller file is not compacted, whatever it holds.
    static constexpr std::uint64_t kWorthwhileBytes = std::uint64_t{1024} * 1024;

    /// Reads the file, drops what has expired, and opens it for writing. `users_file` is the real
    /// path; `owner` is that of new files.
    ///
    /// Throws: as `open_store`.
    SessionLog(std::shared_ptr<FileSystem> files, const std::string& users_file,
               const FileInfo& owner, SessionTransaction::UserExists user_exists,
               OpenOptions options, std::uint64_t worthwhile_bytes = kWorthwhileBytes);

    const ConcurrentSessionTable& sessions() const noexcept { return sessions_; }
    std::vector<LimiterRecord> limiter_records() const {
        return sessions_.limiter_records(options_.now());
    }

    /// As `Backend::commit_sessions`.
    std::vector<result<SessionResult>> commit(std::span<const SessionWrite> writes);

    /// A user is erased, and the sessions with it; the file follows in `write_orphaned`.
    void forget_user(UserId user);

    /// Writes that sessions of erased users have ended: if a person gave such a user back to the
    /// users file, their sessions would be open again after the next start.
    void write_orphaned();

    /// False after a failed sync.
    bool is_writable() const noexcept { return log_.is_writable(); }
    /// As `BatchLog`.
    std::string problem() const { return log_.problem(); }
    void try_again();

    /// Whether more than half of the file is history.
    bool should_be_compacted() const noexcept;

    /// Drops what has expired, and the history; commits wait only for the last part of it.
    void compact();

  private:
    bool append(const std::vector<SessionStep>& steps);
    void publish(const std::vector<SessionStep>& steps);
    void add_orphaned(const std::vector<SessionId>& ids);
    void put_in_place(SessionLogWriter& writer);
    void not_compacted(const boost::system::error_code& error);

    OpenOptions options_;
    std::shared_ptr<FileSystem> files_;
    std::string path_;
    FileInfo owner_;
    SessionTransaction::UserExists user_exists_;
    std::uint64_t worthwhile_bytes_;
    ConcurrentSessionTable sessions_;

    // Guards the file and what is committed.
    std::mutex commit_mutex_;
    BatchLog log_;
    std::uint64_t next_batch_ = 1;
    // What is committed while a new file is written.
    std::optional<Batch> meanwhile_;

    // Sessions of erased users that are still open in the file.
    std::mutex orphaned_mutex_;
    std::vector<SessionId> orphaned_;

    // What the file would be, or was, without any history.
    std::atomic<std::uint64_t> compact_bytes_ = 0;
};

}  // namespace roster::storage
