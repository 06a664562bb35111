#pragma once

// The journal: what was acknowledged and is not in the snapshot yet, one change a line.
// docs/STORAGE.md describes the lines.
//
// There is one file, NAME.journal, and a second one, NAME.journal.next, while the snapshot is
// written: what is committed meanwhile is appended there. When the snapshot is durable, the second
// one replaces the first one and so drops what the snapshot has.

#include "storage/core/user_transaction.hpp"
#include "storage/json/batch_log.hpp"
#include "storage/json/recent_changes.hpp"
#include "storage/json/users_document.hpp"
#include "storage/memory/user_index.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace roster::storage {

/// A line of a batch.
struct JournalChange {
    enum class Kind { created, changed, erased };

    Kind kind = Kind::created;
    UserId id = 0;
    Revision revision = 0;
    /// Unless the user was erased.
    FileUser user;
};

/// nullopt if the line makes no sense.
std::optional<JournalChange> read_journal_change(std::string_view line);

void append_created(const UserFields& user, Batch& batch);
void append_changed(const UserFields& user, Batch& batch);
void append_erased(UserId id, Revision revision, Batch& batch);

std::string journal_path(const std::string& users_file);
std::string next_journal_path(const std::string& users_file);

/// How a start found the journal.
struct ReplayedJournal {
    /// Where the last whole batch ends in the file that is appended to.
    std::uint64_t good_bytes = 0;
    /// Both files hold batches.
    bool has_next = false;
    /// Changes that the snapshot did not have.
    std::uint64_t changes = 0;
    std::uint64_t torn_bytes = 0;
};

/// Brings the document up to date, and tells `recent` of every change. Changes no file.
///
/// Throws: `StartupError` with `store_damaged` (with file and offset) or `store_unavailable`.
ReplayedJournal replay_journal(FileSystem& files, const std::string& users_file,
                               UsersDocument& document, RecentChanges& recent);

/// Threads: `append` and `begin_next` one at a time; `prepare_next`, `begin_next` and `drop_first`
/// from one thread, beside which another one may append.
class Journal {
  public:
    /// `users_file` is the real path.
    Journal(FileSystem& files, std::string users_file, std::shared_ptr<Log> log);

    /// Opens the file that is appended to. Files get the owner of `like`.
    result<void> open(const ReplayedJournal& replayed, const FileInfo& like);

    bool append(const Batch& batch) { return log_.append(batch); }

    /// Makes the second file, durably, so that `begin_next` does not wait; does nothing if it is
    /// there. Errors: what the system says; `is_writable` is false then if it was a sync.
    result<void> prepare_next();

    /// Batches are appended to the second file from here on. False if that cannot be just now.
    /// Requires: `prepare_next` succeeded.
    bool begin_next();

    /// Lets the second file replace the first one; errors as of `prepare_next`. Requires: the
    /// snapshot has all of the first one, durably, and `begin_next` succeeded.
    result<void> drop_first();

    /// Ends the writing: the snapshot or the users file could not be made durable.
    void fail(const boost::system::error_code& error) { log_.fail(users_file_, error); }
    void stop() { log_.stop(); }
    bool is_writable() const noexcept { return log_.is_writable(); }
    std::string problem() const { return log_.problem(); }
    void try_again() { log_.try_again(); }
    /// Of the file that is appended to.
    std::uint64_t size_bytes() const noexcept { return log_.size_bytes(); }

  private:
    result<void> sync_directory();

    FileSystem& files_;
    std::string users_file_;
    BatchLog log_;
    std::unique_ptr<File> prepared_;
    FileInfo owner_;
    bool has_next_ = false;
};

}  // namespace roster::storage
