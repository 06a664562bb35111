#pragma once

// One writer for a file and those that belong to it: an flock on FILE.lock.

#include "core/files/file_system.hpp"

#include <memory>
#include <string>

namespace roster {

/// Locks `path`.lock, and writes this process's id into it for people.
/// Throws: `StartupError` with `store_locked` (it names the holder) or `store_unavailable`.
std::unique_ptr<FileLock> lock_for_writing(FileSystem& files, const std::string& path);

/// Whether a process has it locked, such as a server. A reader asks, rather than to lock: it must
/// keep no server from starting. One may start at any moment.
bool is_locked_for_writing(FileSystem& files, const std::string& path);

/// The same for the duration of one command: if `path`.lock did not exist before, it is removed at
/// the end.
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

/// Gives `path`.lock the owner of the file: a lock that root created must not keep out a server
/// that runs as the owner.
void give_lock_to_owner(FileSystem& files, const std::string& path, const FileInfo& owner);

}  // namespace roster
