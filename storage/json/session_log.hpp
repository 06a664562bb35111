#pragma once

// Sessions and the throttle's memory while they are being served: in memory, and in NAME.sessions.
// Knows no thread: who calls what when is the backend's and the keeper's matter.

#include <roster/store.hpp>

#include "core/files/file_system.hpp"
#include "storage/json/durable_log.hpp"
#include "storage/json/session_log_file.hpp"
#include "storage/memory/concurrent_session_table.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace roster::storage {

/// Where a book's companions lie, and whose they are.
struct CompanionPlace {
    std::shared_ptr<FileSystem> files;
    /// The real path of the book.
    std::string book;
    FileInfo owner;
};

struct CommittedLines {
    std::string lines;
    std::uint64_t count = 0;
};

/// Threads: reads and `forget_user` from any; `commit` from one at a time, and beside it
/// `write_forgotten` and `write_anew` from one other.
class SessionLog {
  public:
    /// A smaller file is not written anew, whatever it holds.
    static constexpr std::uint64_t kWorthwhileBytes = std::uint64_t{1024} * 1024;

    /// Reads the file, drops what is over, and opens it for writing.
    ///
    /// Throws: as `open_store`.
    SessionLog(CompanionPlace place, SessionTransaction::UserExists user_exists,
               OpenOptions options, std::uint64_t worthwhile_bytes = kWorthwhileBytes);

    const ConcurrentSessionTable& access() const noexcept { return access_; }
    std::vector<LimiterRecord> limiter_records() const {
        return access_.limiter_records(options_.now());
    }

    /// As `Backend::commit_access`.
    std::vector<result<SessionResult>> commit(std::span<const SessionWrite> writes);

    /// A user is gone, and his sessions with him; the file follows in `write_forgotten`.
    void forget_user(UserId user);

    /// Lets the file say that sessions of users who are gone have ended: should somebody give such
    /// a user back to the book, by hand, he would find them open after the next start.
    void write_forgotten();

    /// False once a sync has failed.
    bool is_writable() const noexcept { return writable_; }

    /// Whether more than half of the file is history.
    bool should_be_written_anew() const noexcept;

    /// Drops what is over, and the history; commits wait only for the last part of it.
    void write_anew();

  private:
    bool append(const std::vector<AccessStep>& steps);
    void publish(const std::vector<AccessStep>& steps);
    void remember_forgotten(const std::vector<SessionId>& ids);
    void put_in_place(SessionLogWriter& writer);
    void not_written_anew(const boost::system::error_code& error);
    void fail(const boost::system::error_code& error);

    OpenOptions options_;
    std::shared_ptr<FileSystem> files_;
    std::string path_;
    FileInfo owner_;
    SessionTransaction::UserExists user_exists_;
    std::uint64_t worthwhile_bytes_;
    ConcurrentSessionTable access_;

    // Guards the file and what is committed.
    std::mutex commit_mutex_;
    DurableLog log_;
    std::uint64_t next_batch_ = 1;
    // What is committed while a new file is being written.
    std::optional<CommittedLines> meanwhile_;
    bool append_failed_ = false;
    std::atomic<bool> writable_ = true;
    std::atomic<std::uint64_t> size_bytes_ = 0;

    // Sessions that the file does not know to be over.
    std::mutex forgotten_mutex_;
    std::vector<SessionId> forgotten_;

    // What the file would be, or was, without any history.
    std::atomic<std::uint64_t> bare_bytes_ = 0;
};

}  // namespace roster::storage
