#pragma once

// A file that appears whole or not at all, and that only its owner can read.
// Knows nothing of what is in it.

#include <roster/error.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace roster {
class File;
class FileSystem;
}  // namespace roster

namespace roster::cli {

/// Written beside the file that it replaces, and put in its place at the end. A symbolic link
/// stays, and what it points to is replaced.
class ReplacedFile {
  public:
    /// Throws: `StartupError` with `invalid_request` if the path is not an ordinary
    /// file, and with `internal` if the system refuses.
    explicit ReplacedFile(const std::string& path);
    /// Removes what was written, unless it was committed.
    ~ReplacedFile();

    ReplacedFile(const ReplacedFile&) = delete;
    ReplacedFile& operator=(const ReplacedFile&) = delete;

    /// Writes it at once: gather what is small. Throws: as the constructor.
    void append(std::string_view text);

    /// Makes it durable and puts it in place. Throws: as the constructor.
    void commit();

  private:
    [[noreturn]] void fail(const char* verb, const boost::system::error_code& error) const;

    std::shared_ptr<FileSystem> files_;
    std::string path_;
    std::string temporary_;
    std::unique_ptr<File> file_;
};

/// Whether two paths lead to the same place, links or not.
bool is_same_path(const std::string& one, const std::string& other);

}  // namespace roster::cli
