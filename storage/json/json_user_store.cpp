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
bool is_storable(const Write& write) noexcept {
    if (const auto* user = std::get_if<CreateUser>(&write))
        return is_storable_email(user->email) && is_storable_hash(user->password_hash);
    if (const auto* change = std::get_if<UpdateUser>(&write))
        return (!change->email || is_storable_email(*change->email)) &&
               (!change->password_hash || is_storable_hash(*change->password_hash));
    return true;
}

AtomicFile::Write writing(const UsersFileFrame& frame, const UserView& view) {
    return [&frame, &view](TemporaryFile& file) {
        return write_users_file(frame, view,
                                [&file](std::string_view text) { return file.append(text); });
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
    const auto real = files.resolve(path);
    if (!real) throw_unavailable(path, "cannot be opened", real.error());
    opened.path = *real;
    opened.lock = lock_for_writing(files, *real);
    finish_replacement(files, json_store_files(*real));
    remove_stale_temporaries(files, *real);
    opened.loaded = load_users(*real, options, files);
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
      recent_(users_.index().revision),
      members_before_users_(std::move(opened.loaded.document.members_before_users)),
      members_after_users_(std::move(opened.loaded.document.members_after_users)),
      revision_(users_.index().revision),
      known_(opened.loaded.info),
      file_revision_(opened.loaded.text_revision) {
    complete_file(opened.loaded);
    sessions_.emplace(
        files_, file_.path(), *known_, [this](UserId user) { return users_.contains(user); },
        options_);
}

// Writes the users file if a person left something out, and opens the journal.
void JsonUserStore::complete_file(const LoadedUsers& loaded) {
    ReplayedJournal replayed = loaded.replayed;
    if (loaded.document.incomplete) {
        const auto view = users_.view();
        const UsersFileFrame whole = file_frame();
        const Replacement replaced = file_.replace(known_, writing(whole, view));
        if (replaced.outcome == Replaced::edited)
            throw StartupError(Errc::store_unavailable,
                               file_.path() + ": another program writes it just now; start again");
        if (replaced.outcome != Replaced::yes)
            throw_unavailable(file_.path(), "cannot be written", replaced.error);
        known_ = replaced.info;
        file_revision_ = whole.revision;
        replayed = ReplayedJournal();
    }
    const auto opened = journal_.open(replayed, *known_);
    if (!opened) throw_unavailable(journal_path(file_.path()), "cannot be opened", opened.error());
    give_lock_to_owner(*files_, file_.path(), *known_);
}

std::vector<result<User>> JsonUserStore::commit(std::span<const Write> writes) {
    const std::lock_guard lock(commit_mutex_);
    UserTransaction transaction(users_.index(), options_.now());
    std::vector<result<User>> answers;
    answers.reserve(writes.size());
    for (const Write& write : writes)
        answers.push_back(is_storable(write) ? transaction.apply(write)
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
    const auto unstorable = std::find_if_not(writes.begin(), writes.end(),
                                             [](const Write& write) { return is_storable(write); });
    const std::lock_guard lock(commit_mutex_);
    UserTransaction transaction(users_.index(), options_.now());
    // One of those before it may be the first that is refused.
    auto users = transaction.apply_all(std::span(writes.begin(), unstorable));
    if (users && unstorable != writes.end()) return Errc::invalid_request;
    if (users && !make_durable(transaction)) return Errc::store_unavailable;
    wake_scheduler();
    return users;
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
            recent_.add(change.revision, change.id, before ? digest_of(*before) : 0);
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
    if (scheduler_ && needs_snapshot()) scheduler_->wake();
}

StoreStatus JsonUserStore::status() const {
    StoreStatus status = users_.status();
    status.writable = journal_.is_writable() && sessions_->is_writable();
    status.sessions = sessions_->sessions().size();
    return status;
}

UsersFileFrame JsonUserStore::file_frame() const {
    return {users_.index().revision, users_.index().next_id, members_before_users_,
            members_after_users_};
}

JsonUserStore::Snapshot JsonUserStore::write_snapshot() {
    if (!needs_snapshot()) return Snapshot::not_needed;
    if (!journal_.is_writable()) return Snapshot::failed;
    if (file_.is_edited(known_)) return Snapshot::held_back;
    const auto prepared = journal_.prepare_next();
    if (!prepared) return not_written(prepared.error());
    UsersFileFrame whole;
    UserView view;
    {
        const std::lock_guard lock(commit_mutex_);
        if (!journal_.begin_next()) return Snapshot::failed;
        view = users_.view();
        whole = file_frame();
        recent_.begin_file(whole.revision);
    }
    const Replacement replaced = file_.replace(known_, writing(whole, view));
    view.clear();
    return end_snapshot(replaced, whole.revision);
}

JsonUserStore::Snapshot JsonUserStore::end_snapshot(const Replacement& replaced,
                                                    Revision revision) {
    if (replaced.outcome == Replaced::edited) return Snapshot::held_back;
    if (replaced.outcome == Replaced::uncertain) journal_.fail(replaced.error);
    if (replaced.outcome != Replaced::yes) return not_written(replaced.error);
    known_ = replaced.info;
    file_revision_ = revision;
    must_write_ = false;
    const auto dropped = journal_.drop_first();
    if (!dropped) return not_written(dropped.error());
    if (snapshot_failed_ && options_.log)
        options_.log->info("{}: is up to date again", file_.path());
    snapshot_failed_ = false;
    return Snapshot::written;
}

JsonUserStore::Snapshot JsonUserStore::not_written(const boost::system::error_code& error) {
    if (journal_.is_writable() && !snapshot_failed_ && options_.log)
        options_.log->error("{}: cannot be written: {}; the journal keeps the changes meanwhile",
                            file_.path(), error.message());
    snapshot_failed_ = true;
    return Snapshot::failed;
}

std::unique_ptr<Backend> open_json_store(const std::string& path, const OpenOptions& options,
                                         std::shared_ptr<FileSystem> files) {
    auto store = std::make_unique<JsonUserStore>(path, options, std::move(files));
    store->start_scheduler();
    return store;
}

}  // namespace roster::storage
