#pragma once

// The interface to the disk: stores and the audit log use nothing else, so that tests can make any
// call fail or write only a part, or cut the power there.
// Knows no store.

#include <roster/error.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace roster {

struct FileInfo {
    std::uint64_t size_bytes = 0;
    std::uint32_t mode = 0;
    std::uint32_t owner = 0;
    std::uint32_t group = 0;
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::chrono::nanoseconds modified{};
    /// When anything of it changed last, its name and its owner included; no program can set it.
    std::chrono::nanoseconds changed{};
    /// Names that lead to it (hard links).
    std::uint64_t links = 1;
    bool is_regular = true;

    bool is_same_file(const FileInfo& other) const noexcept {
        return device == other.device && inode == other.inode;
    }
    /// Whether this is the same file with the same contents, judging by inode, size and times.
    bool is_unchanged(const FileInfo& since) const noexcept {
        return changed == since.changed && is_same_or_renamed(since);
    }
    /// The same of a file that was renamed since.
    bool is_same_or_renamed(const FileInfo& since) const noexcept {
        return is_same_file(since) && size_bytes == since.size_bytes && modified == since.modified;
    }
    /// With mode 0600, for a file of the same owner that no other user may read.
    FileInfo as_private() const noexcept {
        FileInfo info = *this;
        info.mode = 0600;
        return info;
    }
};

/// What is mounted where a file is.
struct MountInfo {
    /// The file itself is mounted, and cannot be renamed over.
    bool is_mount_point = false;
    /// "NFS" …; empty for a file system of this machine.
    std::string network;
};

/// An open file. Errors: the system's.
///
/// Threads: one at a time.
class File {
  public:
    virtual ~File() = default;

    /// Returns how many bytes were read; 0 at the end.
    virtual result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) = 0;

    /// Returns how many bytes were written, which may be fewer than given.
    virtual result<std::size_t> append(std::string_view bytes) = 0;

    /// Makes the contents and the size durable. The directory entry needs `sync_directory`.
    virtual result<void> sync() = 0;

    virtual result<void> truncate(std::uint64_t size_bytes) = 0;

    virtual result<FileInfo> info() const = 0;

    /// Takes over another file's mode, and its owner as far as this process may; and, of a file at
    /// `attributes_of`, its access control list and extended attributes. What cannot be taken over
    /// gives nobody more rights than they had.
    virtual result<void> set_owner_and_mode(const FileInfo& like,
                                            const std::string& attributes_of = {}) = 0;
};

/// A lock that is held until it is destroyed. The file is not removed.
class FileLock {
  public:
    virtual ~FileLock() = default;
};

enum class OpenMode {
    read,
    /// Writes at the end. Refuses a file that other names lead to, symbolic or hard links; creates
    /// a missing file with mode 0600.
    append,
    /// Fails if the name exists, even as a dangling link. Mode 0600.
    create,
};

/// Errors: the system's.
///
/// Threads: any.
class FileSystem {
  public:
    virtual ~FileSystem() = default;

    virtual result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) = 0;

    /// Atomic; replaces `to`.
    virtual result<void> rename(const std::string& from, const std::string& to) = 0;

    /// Gives a file a second name. Errors: also `file_exists`, and on file systems without hard
    /// links.
    virtual result<void> link(const std::string& path, const std::string& second) = 0;

    /// Atomically exchanges two names. Errors: also `operation_not_supported`.
    virtual result<void> exchange(const std::string& one, const std::string& other) = 0;

    virtual result<void> remove(const std::string& path) = 0;

    /// Makes durable what was created, renamed or removed in a directory.
    virtual result<void> sync_directory(const std::string& path) = 0;

    virtual result<FileInfo> info(const std::string& path) = 0;

    /// Of a file that exists.
    virtual MountInfo mount_of(const std::string& path) = 0;

    /// The names in a directory, in no order.
    virtual result<std::vector<std::string>> list(const std::string& path) = 0;

    /// The absolute path behind all symbolic links. The last part need not exist. A link of another
    /// user, in a directory where others may write, is refused.
    virtual result<std::string> resolve(const std::string& path) = 0;

    /// Locks a file, which is created if it is missing, and writes `text` into it.
    /// Errors: `resource_unavailable_try_again` if another process, or this one, holds it.
    virtual result<std::unique_ptr<FileLock>> lock(const std::string& path,
                                                   std::string_view text) = 0;

    /// Whether another process, or this one, holds a lock, for all that can be known: changes
    /// nothing, and keeps others from the lock for an instant at most.
    virtual bool is_locked(const std::string& path) = 0;
};

/// The real one.
std::shared_ptr<FileSystem> make_posix_file_system();

/// Writes all of it.
result<void> append_all(File& file, std::string_view bytes);

/// Reads all of it.
result<std::string> read_all(File& file);
result<std::string> read_file(FileSystem& files, const std::string& path);

/// What `errno` says.
boost::system::error_code last_error() noexcept;

bool is_not_found(const boost::system::error_code& error) noexcept;

/// Throws: `StartupError` with `store_unavailable`: "PATH: cannot be WHAT: ERROR".
[[noreturn]] void throw_unavailable(const std::string& path, std::string_view what,
                                    const boost::system::error_code& error);

/// Returns the value; throws as `throw_unavailable`.
template <class T>
T must(result<T> outcome, const std::string& path, std::string_view what) {
    if (!outcome) throw_unavailable(path, what, outcome.error());
    if constexpr (!std::is_void_v<T>) return std::move(*outcome);
}

/// "" becomes ".".
std::string directory_of(const std::string& path);
std::string name_of(const std::string& path);

/// 16 hexadecimal digits, for a name that no other user can guess and create first.
std::string random_name();
bool is_random_name(std::string_view name) noexcept;

}  // namespace roster
