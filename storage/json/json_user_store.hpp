#pragma once

// The JSON store: users in memory; the record of them on the disk, which is a snapshot and the
// journal; and the users file, a readable copy that people may edit. The session log beside them is
// a part of its own.
// Knows no thread but the scheduler's, which decides when a snapshot is written.

#include <roster/store.hpp>

#include "core/files/file_system.hpp"
#include "storage/core/backend.hpp"
#include "storage/json/atomic_file.hpp"
#include "storage/json/edit_merge.hpp"
#include "storage/json/journal.hpp"
#include "storage/json/recent_changes.hpp"
#include "storage/json/session_log.hpp"
#include "storage/json/snapshot_scheduler.hpp"
#include "storage/json/users_file.hpp"
#include "storage/json/users_loading.hpp"
#include "storage/memory/concurrent_user_table.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace roster::storage {

/// Threads: as of `Backend`; and beside `commit` and `commit_all`, `write_copy`, `write_snapshot`
/// and `take_over_edit` from one other.
class JsonUserStore final : public Backend {
  public:
    /// Takes the lock, reads the record, and takes over what a person wrote into the users file
    /// meanwhile. What is wrong with that is logged, and the text stays as it is. A users file
    /// without a record is the store; it is completed, and a record is made of it.
    ///
    /// Requires: `options.now` is set.
    /// Throws: as `open_store`; then no user was changed.
    JsonUserStore(const std::string& path, OpenOptions options, std::shared_ptr<FileSystem> files);

    /// Starts the thread that writes snapshots and looks for edits.
    void start_scheduler() { scheduler_.emplace(*this, *sessions_); }

    const ConcurrentUserTable& users() const noexcept { return users_; }

    result<User> find(UserId id) const override { return users_.find(id); }
    result<User> find_by_login(std::string_view login) const override {
        return users_.find_by_login(login);
    }
    result<std::vector<User>> list(UserId after, std::size_t limit) const override {
        return users_.list(after, limit);
    }
    result<UserPage> search(const UserQuery& query) const override { return users_.search(query); }
    result<AuthState> auth_state(UserId id) const override { return users_.auth_state(id); }
    result<AuthState> auth_state_now(UserId id, User& user) const override {
        return users_.auth_state_now(id, user);
    }
    result<std::vector<Session>> sessions_of(UserId user) const override {
        return sessions_->sessions().sessions_of(user);
    }
    result<std::vector<Session>> list_sessions(SessionId after, std::size_t limit) const override {
        return sessions_->sessions().list(after, limit);
    }
    result<std::vector<LimiterRecord>> limiter_records() const override {
        return sessions_->limiter_records();
    }
    std::vector<result<User>> commit(std::span<const Write> writes) override;
    result<std::vector<User>> commit_all(std::span<const Write> writes) override;
    std::vector<result<SessionResult>> commit_sessions(
        std::span<const SessionWrite> writes) override;
    StoreStatus status() const override;
    std::string url() const override { return url_; }

    enum class Written {
        yes,
        not_needed,
        /// The users file is a person's text that was not taken over yet.
        held_back,
        /// The disk failed; the journal keeps what the file lacks.
        failed,
    };

    /// Whether the users file lacks something that was committed.
    bool needs_copy() const noexcept { return must_write_ || revision_ != file_revision_; }

    /// Writes the users file.
    Written write_copy();

    /// Whether the journal is so long that a start should not have to replay more.
    bool needs_snapshot() const noexcept;

    /// Writes the users file and a snapshot, and empties the journal.
    Written write_snapshot();

    /// After a full disk: finds out whether there is space again, so that `status` does not wait
    /// for a write.
    void try_again();

    /// Looks for an edit of the users file, and takes it over when the text is quiet and good. To
    /// be called every fraction of a second: a text is quiet when it is as it was last time.
    void take_over_edit();

  private:
    enum class Edit { taken, refused, postponed };
    struct Opened;

    JsonUserStore(Opened opened, OpenOptions options, std::shared_ptr<FileSystem> files);
    static Opened lock_and_load(const std::string& path, const OpenOptions& options,
                                FileSystem& files);

    [[noreturn]] void keep_hashes_and_stop(const LoadedUsers& loaded);
    void adopt_users_file(LoadedUsers& loaded);
    Replacement replace_users_file(const UsersFileFrame& frame, const UserView& view);
    void read_copy(std::uint64_t snapshot_digest);
    bool make_durable(const UserTransaction& transaction, const UnknownMembers& edited = {});
    Batch encode(const UserTransaction& transaction, const UnknownMembers& edited) const;
    void publish(const UserTransaction& transaction, const UnknownMembers& edited);
    void wake_scheduler();

    UsersFileFrame file_frame() const;
    Written write_files(bool with_snapshot);
    Replacement record(const UsersFileFrame& frame, const UserView& view);
    Written not_written(const std::string& path, const Replacement& replaced);

    void file_is_gone();
    void refused_edit_is_gone();
    void read_edit(const FileInfo& info, std::optional<std::uint64_t> known_digest);
    void tell_edit(const MergedEdit* merged) const;
    void warn_unreadable(const boost::system::error_code& error);
    Edit merge_text(std::string_view text, std::string& problem);
    Edit merge_document(UsersDocument& edit, std::string_view text, std::string& problem);

    OpenOptions options_;
    std::shared_ptr<FileSystem> files_;
    std::string url_;
    std::unique_ptr<FileLock> lock_;
    // The users file.
    AtomicFile file_;

    // Guards what commits and the scheduler change: users, journal, members.
    std::mutex commit_mutex_;
    ConcurrentUserTable users_;
    Journal journal_;
    RecentChanges recent_;
    std::string members_before_users_;
    std::string members_after_users_;
    std::atomic<Revision> revision_;

    // The scheduler's own. The users file as it was written or taken over, with its revision.
    std::optional<FileInfo> known_;
    // Of its text.
    std::optional<std::uint64_t> known_digest_;
    std::optional<FileInfo> quiet_;
    std::optional<FileInfo> refused_;
    bool was_missing_ = false;
    bool is_unreadable_ = false;
    bool write_failed_ = false;
    std::atomic<bool> must_write_ = false;
    std::atomic<Revision> file_revision_;
    // An edit changed what no journal keeps.
    bool is_snapshot_outdated_ = false;
    FileInfo snapshot_;
    Revision snapshot_revision_ = 0;
    std::atomic<std::chrono::sys_seconds> snapshot_at_{};

    // Opened when the users are there.
    std::optional<SessionLog> sessions_;
    // Its thread ends first.
    std::optional<SnapshotScheduler> scheduler_;
};

/// Throws: as `open_store`.
std::unique_ptr<Backend> open_json_store(const std::string& path, const OpenOptions& options,
                                         std::shared_ptr<FileSystem> files);

}  // namespace roster::storage
