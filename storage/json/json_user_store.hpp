#pragma once

// A book while it is being served: users in memory, the journal, the text on the disk, and the
// people who edit it.
// Knows no thread: who calls what when is the backend's and the keeper's matter.

#include <roster/store.hpp>

#include "core/files/file_system.hpp"
#include "storage/json/atomic_file.hpp"
#include "storage/json/edit_merge.hpp"
#include "storage/json/journal.hpp"
#include "storage/json/opened_users.hpp"
#include "storage/json/recent_changes.hpp"
#include "storage/memory/concurrent_user_table.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace roster::storage {

/// Threads: reads from any; `commit` and `commit_all` from one at a time, and beside it
/// `write_snapshot` and `take_over_edit` from one other.
class JsonUserStore {
  public:
    enum class Snapshot {
        written,
        /// The book says it all already.
        not_needed,
        /// The book holds a person's text that was not taken over yet.
        held_back,
        /// The disk said no; the journal keeps what the book has not.
        failed,
    };

    using UserErased = std::function<void(UserId)>;

    /// `erased` is called when a user is gone and no reader sees him any more.
    JsonUserStore(OpenedUsers opened, OpenOptions options, UserErased erased = {});

    const ConcurrentUserTable& users() const noexcept { return users_; }

    /// As `Backend::search`. Threads: any.
    result<UserPage> search(const UserQuery& query) const { return users_.search(query); }

    /// As `Backend::commit`.
    std::vector<result<User>> commit(std::span<const Write> writes);
    result<std::vector<User>> commit_all(std::span<const Write> writes);

    /// False once a sync has failed.
    bool is_writable() const noexcept { return writable_; }

    /// Whether the book lacks something that was committed.
    bool needs_snapshot() const noexcept;

    /// Writes the book anew and drops what the journal no longer has to keep.
    Snapshot write_snapshot();

    /// Looks whether somebody edited the book, and takes it over when the text is quiet and good.
    /// To be called every fraction of a second: a text is quiet when it is as it was last time.
    void take_over_edit();

  private:
    enum class Edit { taken, refused, postponed };

    std::string encode(const UserTransaction& batch) const;
    bool append(std::string_view bytes);
    bool make_durable(const UserTransaction& batch);
    void publish(const UserTransaction& batch);
    void fail(const boost::system::error_code& error);

    Snapshot end_snapshot(const Replacement& replaced, Revision revision);
    Snapshot not_written(Journal::Outcome outcome, const boost::system::error_code& error);

    void book_is_gone();
    void look_at_edit(const FileInfo& info);
    Edit read_and_merge(std::string_view text, std::string& problem);
    bool publish_edit(const MergedEdit& merged);

    OpenOptions options_;
    std::shared_ptr<FileSystem> files_;
    std::unique_ptr<FileLock> lock_;
    AtomicFile file_;
    UserErased erased_;

    // Guards what commits and the keeper change: users, journal, members.
    std::mutex commit_mutex_;
    ConcurrentUserTable users_;
    Journal journal_;
    RecentChanges recent_;
    std::string members_before_users_;
    std::string members_after_users_;
    bool append_failed_ = false;
    std::atomic<bool> writable_ = true;
    std::atomic<Revision> revision_;

    // The keeper's own.
    std::optional<FileInfo> known_;
    std::optional<FileInfo> quiet_;
    std::optional<FileInfo> refused_;
    bool was_missing_ = false;
    bool snapshot_failed_ = false;
    std::atomic<bool> must_write_ = false;
    std::atomic<Revision> book_revision_;
};

}  // namespace roster::storage
