#pragma once

// The book on the disk: where it and its companions lie, and how it is replaced as a whole.
// Knows no user.

#include "core/files/file_system.hpp"
#include "storage/json/text_sink.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace roster::storage {

/// How far a replacement came.
enum class Replaced {
    yes,
    /// The old book is untouched.
    no,
    /// There is another text in the book's place than the one that was known; it is untouched.
    edited,
    /// Something was not made durable: which book a power cut would leave is not known.
    uncertain,
};

struct Replacement {
    Replaced outcome = Replaced::no;
    boost::system::error_code error;
    /// The new book, where it was replaced.
    FileInfo info;
};

class AtomicFile {
  public:
    /// `path` is the real one, behind all links.
    AtomicFile(FileSystem& files, std::string path);

    const std::string& path() const noexcept { return path_; }
    std::string lock_path() const { return path_ + ".lock"; }

    /// Lets `write` write a new file, makes it durable, and puts it in the place of `known`, or
    /// where there is no file. The new one has the old one's owner and mode, or mode 0600; until
    /// then only its owner reads it.
    Replacement replace(const std::optional<FileInfo>& known,
                        const std::function<result<void>(const TextSink&)>& write);

    /// Whether the file is there, and another one than `known`.
    bool is_edited(const std::optional<FileInfo>& known);

    /// Removes what processes that were killed in `replace` left behind. Requires: the lock.
    void remove_stale_temporaries();

  private:
    Replacement fill(File& file, const std::function<result<void>(const TextSink&)>& write);
    Replacement put_in_place(const std::string& temporary, const std::optional<FileInfo>& known);
    Replacement swap_with_book(const std::string& temporary, const FileInfo& known);

    FileSystem& files_;
    std::string path_;
};

/// Whether a file of that name is one of `replace`, for the book of the other name.
bool is_temporary_book(std::string_view book, std::string_view name);

}  // namespace roster::storage
