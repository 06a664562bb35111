#pragma once

// The journal's files: what has been promised but is not in the book yet.
// Knows no user: batches are bytes.
//
// There is one file, NAME.journal, and a second one, NAME.journal.next, while a book is being
// written: what is committed meanwhile goes there. When the book is durable the second one takes
// the first one's place, and so drops what the book has.

#include "core/files/file_system.hpp"
#include "storage/json/durable_log.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace roster::storage {

/// Threads: `append` and `begin_next` one at a time; `prepare_next`, `begin_next` and `drop_first`
/// from one thread, beside which another one may append.
class Journal {
  public:
    using Outcome = DurableLog::Outcome;

    /// `book` is the real path of the book.
    Journal(FileSystem& files, std::string book);

    std::string first_path() const { return book_ + ".journal"; }
    std::string next_path() const { return book_ + ".journal.next"; }

    /// Opens the file that is appended to, cuts it to `good_bytes`, and makes all that durable.
    /// `has_next`: both files are there, and the second one is appended to. Files get the owner of
    /// `book`, and mode 0600.
    result<void> open(std::uint64_t good_bytes, bool has_next, const FileInfo& book);

    /// Adds a batch, and makes it durable. Puts the reason into `error` where it does not.
    Outcome append(std::string_view batch, boost::system::error_code& error) {
        return log_.append(batch, error);
    }

    /// Makes the second file, durably, so that `begin_next` has nothing to wait for. Does nothing
    /// where it is there already.
    Outcome prepare_next(boost::system::error_code& error);

    /// From here on batches go into the second file. False where that cannot be just now.
    /// Requires: `prepare_next` was done.
    bool begin_next() noexcept;

    /// Lets the second file take the first one's place. Requires: the book has all that stands in
    /// the first one, durably, and `begin_next` was done.
    Outcome drop_first(boost::system::error_code& error);

    std::uint64_t size_bytes() const noexcept { return log_.size_bytes(); }

  private:
    FileSystem& files_;
    std::string book_;
    DurableLog log_;
    std::unique_ptr<File> prepared_;
    FileInfo owner_;
    bool has_next_ = false;
};

}  // namespace roster::storage
