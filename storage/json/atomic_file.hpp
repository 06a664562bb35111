#pragma once

// Files that are replaced as a whole: the users file, and the session log when it is compacted.
// Knows no user.

#include "core/files/file_system.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace roster::storage {

/// PATH.tmp-…: a file that is written to replace PATH. It is removed unless it was put in place.
class TemporaryFile {
  public:
    /// Errors, of every call: what the system says.
    static result<TemporaryFile> create(FileSystem& files, const std::string& path);

    TemporaryFile(TemporaryFile&& other) noexcept;
    TemporaryFile& operator=(TemporaryFile&&) = delete;
    ~TemporaryFile();

    const std::string& name() const noexcept { return name_; }
    File& file() noexcept { return *file_; }

    /// Gathers small parts; `flush` writes what is left.
    result<void> append(std::string_view text);
    result<void> flush();
    /// Requires: `flush` succeeded. A failure is final: what is on the disk is not known then.
    result<void> sync() { return file_->sync(); }

    /// Renames it; `sync_directory` makes that durable. Requires: it is synced.
    result<void> put_in_place();
    /// It has another place, or is gone.
    void release() noexcept { is_released_ = true; }
    /// Requires: it was put in place.
    std::unique_ptr<File> take_file() { return std::move(file_); }

  private:
    TemporaryFile(FileSystem& files, std::string path, std::string name,
                  std::unique_ptr<File> file);

    FileSystem* files_;
    std::string path_;
    std::string name_;
    std::unique_ptr<File> file_;
    std::string buffer_;
    bool is_released_ = false;
};

/// Whether `name` is that of a `TemporaryFile` for a file named `target`, in the same directory.
bool is_temporary_file(std::string_view target, std::string_view name);

/// Removes what killed processes left. Requires: the store's lock.
void remove_stale_temporaries(FileSystem& files, const std::string& path);

/// How far a replacement got.
enum class Replaced {
    yes,
    /// The old file is untouched.
    no,
    /// The file is not the one that was known; it is untouched.
    edited,
    /// Something was not made durable: which file a power cut would leave is not known.
    uncertain,
};

struct Replacement {
    Replaced outcome = Replaced::no;
    boost::system::error_code error;
    /// The new file, if it was replaced; also if it was written in place, but only a part of it.
    FileInfo info;
};

/// Writes the new contents of a file.
using WriteFile = std::function<result<void>(TemporaryFile&)>;

/// Replaces a file that no other program writes, or makes it: owner and mode are those of `like`.
/// Durable when it returns; never `edited`.
Replacement replace_file(FileSystem& files, const std::string& path, const FileInfo& like,
                         const WriteFile& write);

/// A file that other programs may replace or edit at any time.
class AtomicFile {
  public:
    /// `path` is the real one, behind all links.
    AtomicFile(FileSystem& files, std::string path);

    const std::string& path() const noexcept { return path_; }

    /// Lets `write` write a new file, makes it durable, and replaces `known` with it, or puts it
    /// where there is no file. The new one has the old one's owner, mode, access control list and
    /// extended attributes, or mode 0600; until then only its owner can read it. A file that is
    /// mounted by itself is written in place.
    Replacement replace(const std::optional<FileInfo>& known, const WriteFile& write);

    /// Whether there is a file other than `known`.
    bool is_edited(const std::optional<FileInfo>& known);

  private:
    Replacement put_in_place(TemporaryFile& temporary, const std::optional<FileInfo>& known);
    Replacement confirm_placed();
    Replacement write_in_place(TemporaryFile& temporary, const std::optional<FileInfo>& known);
    Replacement exchange(TemporaryFile& temporary, const FileInfo& known);

    FileSystem& files_;
    std::string path_;
};

}  // namespace roster::storage
