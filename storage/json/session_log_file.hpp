#pragma once

// NAME.sessions on the disk: how it is read, and how it is written anew as a whole.
// Knows no reader and no thread.

#include <roster/error.hpp>

#include "core/files/file_system.hpp"
#include "storage/json/durable_log.hpp"
#include "storage/memory/concurrent_session_table.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace roster::storage {

/// `book` is the real path of the book.
std::string access_path(const std::string& book);

/// What stands in the file.
struct LoadedSessions {
    SessionIndex index;
    /// The number of the batch that comes next.
    std::uint64_t next_batch = 1;
    /// Where the last whole batch ends.
    std::uint64_t good_bytes = 0;
    /// Bytes of a batch that was never finished, and so never acknowledged.
    std::uint64_t torn_bytes = 0;
};

/// Changes no file. One that is missing is an empty one.
///
/// Throws: `StartupError` with `store_damaged` (with file and offset) or `store_unavailable`.
LoadedSessions load_access(FileSystem& files, const std::string& path);

/// What can be read, whole batches behind a broken one included.
SessionIndex salvage_access(std::string_view text);

/// Writes a file that is to take the place of the old one. What was begun and not put in place is
/// removed.
class SessionLogWriter {
  public:
    /// `like`: whose the file will be.
    static result<SessionLogWriter> begin(FileSystem& files, const std::string& path,
                                          const FileInfo& like);

    SessionLogWriter(SessionLogWriter&& other) noexcept;
    SessionLogWriter& operator=(SessionLogWriter&&) = delete;
    ~SessionLogWriter();

    /// Writes steps as one batch; nothing where there are none.
    result<void> put(std::span<const AccessStep> steps);
    /// The same for lines.
    result<void> put_lines(std::string_view lines, std::uint64_t count);
    /// Everything that may not be forgotten yet.
    result<void> put_all(const ConcurrentSessionTable& access, std::chrono::sys_seconds now);

    /// Makes durable what was put so far.
    result<void> sync() { return file_->sync(); }

    /// Takes the old one's place; `sync_directory` makes that durable.
    /// Requires: everything is synced.
    result<void> put_in_place();

    std::uint64_t next_batch() const noexcept { return next_batch_; }
    /// The file, to be gone on with. Requires: it was put in place.
    DurableLog take_log() { return DurableLog(std::move(file_), size_bytes_); }

  private:
    SessionLogWriter(FileSystem& files, std::string path, std::string temporary,
                     std::unique_ptr<File> file);

    FileSystem* files_;
    std::string path_;
    std::string temporary_;
    std::unique_ptr<File> file_;
    std::uint64_t next_batch_ = 1;
    std::uint64_t size_bytes_ = 0;
};

}  // namespace roster::storage
