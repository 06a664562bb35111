#pragma once

// The book on the disk: where it and its companions lie, and how it is replaced as a whole.
// Knows no user.

#include "storage/file_system.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace roster::storage {

/// Takes a part of the text; its error ends the writing.
using TextSink = std::function<result<void>(std::string_view)>;

/// How far a replacement came.
enum class Replaced {
    yes,
    /// The old book is untouched.
    no,
    /// Something was not made durable: which book a power cut would leave is not known.
    uncertain,
};

struct Replacement {
    Replaced outcome = Replaced::no;
    boost::system::error_code error;
};

class BookFile {
  public:
    /// `path` is the real one, behind all links.
    BookFile(FileSystem& files, std::string path);

    const std::string& path() const noexcept { return path_; }
    std::string lock_path() const { return path_ + ".lock"; }

    /// Lets `write` write a new file, makes it durable, and puts it in the book's place. The new
    /// one has the old one's owner and mode, or mode 0600; until then only its owner reads it.
    Replacement replace(const std::function<result<void>(const TextSink&)>& write);

    /// Removes what processes that were killed in `replace` left behind. Requires: the lock.
    void remove_stale_temporaries();

  private:
    Replacement fill(File& file, const std::function<result<void>(const TextSink&)>& write);

    FileSystem& files_;
    std::string path_;
};

}  // namespace roster::storage
