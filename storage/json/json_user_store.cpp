#include "storage/json/json_user_store.hpp"

#include "core/files/temporary_lock.hpp"
#include "core/password_format.hpp"

#include <roster/log.hpp>

#include <algorithm>
#include <filesystem>
#include <utility>
#include <variant>

namespace roster::storage {
namespace {

bool is_storable_hash(const Secret& hash) noexcept {
    return hash.empty() || is_checkable_hash(hash.reveal());
}

// A users file must be able to hold what is committed, and to be read again.
bool fits_in_file(const Write& write) noexcept {
    if (const auto* user = std::get_if<CreateUser>(&write))
        return is_storable_email(user->email) && is_storable_hash(user->password_hash);
    if (const auto* change = std::get_if<UpdateUser>(&write))
        return (!change->email || is_storable_email(*change->email)) &&
               (!change->password_hash || is_storable_hash(*change->password_hash));
    return true;
}

std::chrono::sys_seconds modified_at(const FileInfo& file) noexcept {
    return std::chrono::sys_seconds(std::chrono::floor<std::chrono::seconds>(file.modified));
}

WriteFile writing(const UsersFileFrame& frame, const UserView& view, TextDigest& digest) {
    return [&](TemporaryFile& file) {
        return write_users_file(frame, view, [&](std::string_view text) {
            digest.add(text);
            return file.append(text);
        });
    };
}

}  // namespace

struct JsonUserStore::Opened {
    std::string url;
    std::string path;
    std::unique_ptr<FileLock> lock;
    LoadedUsers loaded;
};

JsonUserStore::Opened JsonUserStore::lock_and_load(const std::string& path,
                                                   const OpenOptions& options, FileSystem& files) {
    Opened opened;
    opened.url = "json:" + std::filesystem::absolute(path).lexically_normal().string();
    opened.path = real_path_of(files, path);
    opened.lock = lock_for_writing(files, opened.path);
    finish_replacement(files, json_store_files(opened.path));
    remove_stale_temporaries(files, opened.path);
    remove_stale_temporaries(files, snapshot_path(opened.path));
    if (options.log)
        for (const std::string& problem : problems_of_place(files, opened.path))
            options.log->warn("{}", problem);
    opened.loaded = load_users(opened.path, options, files);
    return opened;
}

JsonUserStore::JsonUserStore(const std::string& path, OpenOptions options,
                             std::shared_ptr<FileSystem> files)
    : JsonUserStore(lock_and_load(path, options, *files), options, files) {}

JsonUserStore::JsonUserStore(Opened opened, OpenOptions options, std::shared_ptr<FileSystem> files)
    : options_(std::move(options)),
      files_(std::move(files)),
      url_(std::move(opened.url)),
      lock_(std::move(opened.lock)),
      file_(*files_, opened.path),
      users_(std::move(opened.loaded.document.users)),
      journal_(*files_, opened.path, options_.log),
      recent_(std::move(opened.loaded.recent)),
      members_before_users_(std::move(opened.loaded.document.members_before_users)),
      members_after_users_(std::move(opened.loaded.document.members_after_users)),
      revision_(users_.index().revision),
      file_revision_(opened.loaded.text_revision),
      snapshot_revision_(opened.loaded.text_revision) {
    LoadedUsers& loaded = opened.loaded;
    if (loaded.document.hashing_error) keep_hashes_and_stop(loaded);
    if (!loaded.is_snapshot) adopt_users_file(loaded);
    snapshot_ = *loaded.info;
    snapshot_at_ = modified_at(snapshot_);
    must(journal_.open(loaded.replayed, snapshot_), journal_path(file_.path()), "opened");
    give_lock_to_owner(*files_, file_.path(), snapshot_);
    sessions_.emplace(
        files_, file_.path(), snapshot_, [this](UserId user) { return users_.contains(user); },
        options_);
    users_.record_logins(sessions_->sessions().last_logins());
    if (loaded.is_snapshot) read_copy(loaded.text_digest);
}

// The next start hashes the rest.
void JsonUserStore::keep_hashes_and_stop(const LoadedUsers& loaded) {
    known_ = loaded.info;
    const auto view = users_.view();
    (void)replace_users_file(file_frame(), view);
    throw_unhashed(file_.path(), loaded.document);
}

// Makes a record of a users file that is the whole store. If a person left something out, it is
// completed first: without a record it must be a store at every moment.
void JsonUserStore::adopt_users_file(LoadedUsers& loaded) {
    recent_ = RecentChanges(revision_);
    known_ = loaded.info;
    const auto view = users_.view();
    const UsersFileFrame frame = file_frame();
    // Otherwise the next start would find a text that is older than the record.
    if (loaded.document.incomplete || file_revision_ != revision_) {
        const Replacement replaced = replace_users_file(frame, view);
        if (replaced.outcome == Replaced::edited)
            throw StartupError(Errc::store_unavailable,
                               file_.path() + ": another program writes it just now; start again");
        if (replaced.outcome != Replaced::yes)
            throw_unavailable(file_.path(), "written", replaced.error);
    } else {
        known_digest_ = loaded.text_digest;
    }
    const FileInfo owner = known_->as_private();
    const std::string path = snapshot_path(file_.path());
    TextDigest digest;
    const Replacement recorded = replace_file(*files_, path, owner, writing(frame, view, digest));
    if (recorded.outcome != Replaced::yes) throw_unavailable(path, "written", recorded.error);
    snapshot_revision_ = frame.revision;
    loaded.info = recorded.info;
    loaded.replayed = ReplayedJournal();
}

std::vector<result<User>> JsonUserStore::commit(std::span<const Write> writes) {
    const std::lock_guard lock(commit_mutex_);
    UserTransaction transaction(users_.index(), options_.now());
    std::vector<result<User>> answers;
    answers.reserve(writes.size());
    for (const Write& write : writes)
        answers.push_back(fits_in_file(write) ? transaction.apply(write)
                                              : result<User>(Errc::invalid_request));
    if (make_durable(transaction)) {
        wake_scheduler();
        return answers;
    }
    for (result<User>& answer : answers)
        if (answer) answer = Errc::store_unavailable;
    return answers;
}

result<std::vector<User>> JsonUserStore::commit_all(std::span<const Write> writes) {
    const auto unstorable = std::find_if_not(
        writes.begin(), writes.end(), [](const Write& write) { return fits_in_file(write); });
    const std::lock_guard lock(commit_mutex_);
    UserTransaction transaction(users_.index(), options_.now());
    // One of those before it may be the first that is refused.
    auto users = transaction.apply_all(std::span(writes.begin(), unstorable));
    if (users && unstorable != writes.end()) return Errc::invalid_request;
    if (users && !make_durable(transaction)) return Errc::store_unavailable;
    wake_scheduler();
    return users;
}

std::vector<result<SessionResult>> JsonUserStore::commit_sessions(
    std::span<const SessionWrite> writes) {
    auto answers = sessions_->commit(writes);
    users_.record_logins(logins_of(writes, answers));
    return answers;
}

bool JsonUserStore::make_durable(const UserTransaction& transaction, const UnknownMembers& edited) {
    if (transaction.changes().empty()) return true;
    if (!journal_.append(encode(transaction, edited))) return false;
    publish(transaction, edited);
    return true;
}

Batch JsonUserStore::encode(const UserTransaction& transaction,
                            const UnknownMembers& edited) const {
    Batch batch;
    batch.number = transaction.changes().front().revision;
    for (const UserChange& change : transaction.changes()) {
        if (!change.after) {
            append_erased(change.id, change.revision, batch);
            continue;
        }
        UserFields fields(*change.after);
        const auto unknown = edited.find(change.id);
        const auto before = users_.index().find(change.id);
        if (unknown != edited.end())
            fields.unknown_members = unknown->second;
        else if (before)
            fields.unknown_members = before->unknown_members;
        change.is_new ? append_created(fields, batch) : append_changed(fields, batch);
    }
    return batch;
}

// What is durable must become visible; if even memory fails, nothing may be built on the rest.
void JsonUserStore::publish(const UserTransaction& transaction, const UnknownMembers& edited) {
    try {
        for (const UserChange& change : transaction.changes()) {
            const auto before = users_.index().find(change.id);
            recent_.add(change.revision, change.id, before ? digest_of(*before) : kWasNotThere);
        }
        users_.change([&](UserIndex& index) {
            apply_changes(transaction, index);
            for (const auto& [id, members] : edited)
                index.replace_unknown_members(id, members);
        });
    } catch (...) {
        journal_.stop();
        throw;
    }
    revision_ = users_.index().revision;
    for (const UserChange& change : transaction.changes())
        if (!change.after) sessions_->forget_user(change.id);
}

// Not from the scheduler's own thread, which looks for itself.
void JsonUserStore::wake_scheduler() {
    if (scheduler_ && needs_copy()) scheduler_->wake();
}

StoreStatus JsonUserStore::status() const {
    StoreStatus status = users_.status();
    status.problem = journal_.problem();
    if (status.problem.empty()) status.problem = sessions_->problem();
    status.writable = status.problem.empty();
    status.sessions = sessions_->sessions().size();
    status.snapshot_at = snapshot_at_;
    return status;
}

void JsonUserStore::try_again() {
    {
        const std::lock_guard lock(commit_mutex_);
        journal_.try_again();
    }
    sessions_->try_again();
}

UsersFileFrame JsonUserStore::file_frame() const {
    return {users_.index().revision, users_.index().next_id, members_before_users_,
            members_after_users_};
}

bool JsonUserStore::needs_snapshot() const noexcept {
    constexpr std::uint64_t kLeastBytes = std::uint64_t{1024} * 1024;
    return is_snapshot_outdated_ ||
           journal_.size_bytes() > std::max(kLeastBytes, snapshot_.size_bytes / 2);
}

JsonUserStore::Written JsonUserStore::write_copy() {
    return needs_copy() ? write_files(false) : Written::not_needed;
}

JsonUserStore::Written JsonUserStore::write_snapshot() {
    const bool is_current = snapshot_revision_ == revision_ && !is_snapshot_outdated_;
    return is_current ? write_copy() : write_files(true);
}

// The users file is written before the snapshot, and with the same users: so what the journal has
// leads from the snapshot to every text that the server wrote, and an edit of that can be merged.
JsonUserStore::Written JsonUserStore::write_files(bool with_snapshot) {
    if (!journal_.is_writable()) return Written::failed;
    if (file_.is_edited(known_)) return Written::held_back;
    const auto prepared = with_snapshot ? journal_.prepare_next() : result<void>();
    if (!prepared) return not_written(file_.path(), {Replaced::no, prepared.error(), {}});
    UsersFileFrame frame;
    UserView view;
    {
        const std::lock_guard lock(commit_mutex_);
        if (with_snapshot && !journal_.begin_next()) return Written::failed;
        view = users_.view();
        frame = file_frame();
        recent_.begin_file(frame.revision);
    }
    const Replacement copied = replace_users_file(frame, view);
    if (copied.outcome == Replaced::edited) return Written::held_back;
    if (copied.outcome != Replaced::yes) return not_written(file_.path(), copied);
    must_write_ = false;
    if (with_snapshot) {
        const Replacement recorded = record(frame, view);
        if (recorded.outcome != Replaced::yes)
            return not_written(snapshot_path(file_.path()), recorded);
    }
    if (write_failed_ && options_.log) options_.log->info("{}: is up to date again", file_.path());
    write_failed_ = false;
    return Written::yes;
}

Replacement JsonUserStore::replace_users_file(const UsersFileFrame& frame, const UserView& view) {
    TextDigest digest;
    Replacement replaced = file_.replace(known_, writing(frame, view, digest));
    const bool is_written = replaced.outcome == Replaced::yes;
    const bool is_written_in_part = !is_written && replaced.info.inode != 0;
    if (is_written || is_written_in_part) known_ = replaced.info;
    if (is_written_in_part) known_digest_.reset();
    if (!is_written) return replaced;
    known_digest_ = digest.value();
    file_revision_ = frame.revision;
    return replaced;
}

Replacement JsonUserStore::record(const UsersFileFrame& frame, const UserView& view) {
    TextDigest digest;
    const Replacement replaced =
        replace_file(*files_, snapshot_path(file_.path()), snapshot_, writing(frame, view, digest));
    if (replaced.outcome != Replaced::yes) return replaced;
    snapshot_ = replaced.info;
    snapshot_at_ = modified_at(snapshot_);
    snapshot_revision_ = frame.revision;
    is_snapshot_outdated_ = false;
    const auto dropped = journal_.drop_first();
    return dropped ? replaced : Replacement{Replaced::no, dropped.error(), {}};
}

JsonUserStore::Written JsonUserStore::not_written(const std::string& path,
                                                  const Replacement& replaced) {
    if (replaced.outcome == Replaced::uncertain) journal_.fail(replaced.error);
    if (journal_.is_writable() && !write_failed_ && options_.log)
        options_.log->error("{}: cannot be written: {}; the journal keeps the changes meanwhile",
                            path, replaced.error.message());
    write_failed_ = true;
    return Written::failed;
}

std::unique_ptr<Backend> open_json_store(const std::string& path, const OpenOptions& options,
                                         std::shared_ptr<FileSystem> files) {
    auto store = std::make_unique<JsonUserStore>(path, options, std::move(files));
    store->start_scheduler();
    return store;
}

}  // namespace roster::storage
