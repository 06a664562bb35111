#pragma once

// The seam between a store and the machine: everything a store does to a disk goes through it, so
// that tests can fail any call, shorten it, or cut the power there.
// Knows no store.

#include <roster/error.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
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
    bool is_regular = true;

    /// Whether this is the same file with the same contents, as far as one can tell from outside.
    bool is_unchanged(const FileInfo& since) const noexcept {
        return device == since.device && inode == since.inode && size_bytes == since.size_bytes &&
               modified == since.modified;
    }
};

/// An open file. Errors, of every call: what the system says.
///
/// Threads: one at a time.
class File {
  public:
    virtual ~File() = default;

    /// Gives how many bytes were read; 0 at the end.
    virtual result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) = 0;

    /// Gives how many bytes were written, perhaps not all.
    virtual result<std::size_t> append(std::string_view bytes) = 0;

    /// Makes the contents and the size durable. The directory entry is `sync_directory`'s matter.
    virtual result<void> sync() = 0;

    virtual result<void> truncate(std::uint64_t size_bytes) = 0;

    virtual result<FileInfo> info() const = 0;

    /// Says to other processes whether the end of the file may still be taken back. They ask for
    /// it, and wait for nobody. Where the system knows no such mark, nothing is said.
    virtual void mark_unsettled(bool is_unsettled) { (void)is_unsettled; }

    /// Takes over another file's owner, as far as this process may, and its mode.
    virtual result<void> set_owner_and_mode(const FileInfo& like) = 0;
};

/// Held until it is destroyed; the file stays.
class FileLock {
  public:
    virtual ~FileLock() = default;
};

enum class OpenMode {
    read,
    /// What is there is kept, and written at its end; made with mode 0600 where nothing is there.
    append,
    /// Fails where something is there already, a dangling link included; mode 0600.
    create,
};

/// Errors, of every call: what the system says.
///
/// Threads: any.
class FileSystem {
  public:
    virtual ~FileSystem() = default;

    virtual result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) = 0;

    /// Puts `from` in the place of `to` at once.
    virtual result<void> rename(const std::string& from, const std::string& to) = 0;

    /// Gives a file a second name. Errors: also where that name is taken, and on file systems that
    /// cannot.
    virtual result<void> link(const std::string& path, const std::string& second) = 0;

    /// Lets two files change places at once. Errors: also `operation_not_supported`.
    virtual result<void> exchange(const std::string& one, const std::string& other) = 0;

    virtual result<void> remove(const std::string& path) = 0;

    /// Makes durable what was created, renamed and removed in a directory.
    virtual result<void> sync_directory(const std::string& path) = 0;

    virtual result<FileInfo> info(const std::string& path) = 0;

    /// Whether somebody else has marked the file as unsettled. False where that cannot be known.
    virtual bool is_unsettled(const std::string& path) {
        (void)path;
        return false;
    }

    /// The names in a directory, in no order.
    virtual result<std::vector<std::string>> list(const std::string& path) = 0;

    /// The absolute path behind all symbolic links. The last part need not exist.
    virtual result<std::string> resolve(const std::string& path) = 0;

    /// Takes the lock of a file, which is made where it is missing, and writes `text` into it.
    /// Errors: `resource_unavailable_try_again` (another process, or this one, holds it).
    virtual result<std::unique_ptr<FileLock>> lock(const std::string& path,
                                                   std::string_view text) = 0;
};

/// Writes all of it.
result<void> append_all(File& file, std::string_view bytes);

/// Reads all of it.
result<std::string> read_all(File& file);
result<std::string> read_file(FileSystem& files, const std::string& path);

bool is_not_found(const boost::system::error_code& error) noexcept;

/// "" becomes ".".
std::string directory_of(const std::string& path);
std::string name_of(const std::string& path);

}  // namespace roster
