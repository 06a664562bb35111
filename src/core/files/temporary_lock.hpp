#pragma once

// One writer for a file that has others beside it: an flock on FILE.lock.

#include "core/files/file_system.hpp"

#include <memory>
#include <string>

namespace roster {

/// Holds `path`, and writes this process's id into `path`.lock for people.
/// Throws: `StartupError` with `store_locked` (it names the holder) or `store_unavailable`.
std::unique_ptr<FileLock> lock_for_writing(FileSystem& files, const std::string& path);

/// The same for as long as a command works on a file: a `path`.lock that was not there before is
/// removed at the end.
class TemporaryLock {
  public:
    /// Throws: as `lock_for_writing`.
    TemporaryLock(std::shared_ptr<FileSystem> files, const std::string& path);
    TemporaryLock(const TemporaryLock&) = delete;
    TemporaryLock& operator=(const TemporaryLock&) = delete;
    ~TemporaryLock();

  private:
    std::shared_ptr<FileSystem> files_;
    std::string path_;
    bool was_there_;
    std::unique_ptr<FileLock> lock_;
};

/// Gives `path`.lock to whom the file belongs to: what root makes must not keep out whoever runs
/// the next server.
void give_lock_to_owner(FileSystem& files, const std::string& path, FileInfo owned);

}  // namespace roster
