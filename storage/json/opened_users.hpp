#pragma once

// Opening a book: locked, read, brought up to date, and written anew where a person left something
// to complete.

#include <roster/store.hpp>

#include "core/files/file_system.hpp"
#include "storage/json/journal.hpp"
#include "storage/json/users_document.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace roster::storage {

class OpenedUsers {
  public:
    OpenedUsers(std::shared_ptr<FileSystem> file_system, std::unique_ptr<FileLock> file_lock,
                std::string real_path, UsersDocument whole_book, Journal book_journal)
        : files(std::move(file_system)),
          lock(std::move(file_lock)),
          path(std::move(real_path)),
          book(std::move(whole_book)),
          journal(std::move(book_journal)) {}

    std::shared_ptr<FileSystem> files;
    std::unique_ptr<FileLock> lock;
    /// Behind all links.
    std::string path;
    UsersDocument book;
    Journal journal;
    /// The book as it lies on the disk, and the revision it has there.
    FileInfo info;
    Revision book_revision = 0;
};

/// Requires: `options.now` is set.
/// Throws: as `open_store`; then nothing was changed.
OpenedUsers open_book(const std::string& path, const OpenOptions& options,
                      std::shared_ptr<FileSystem> files);

}  // namespace roster::storage
