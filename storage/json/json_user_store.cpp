#include "storage/json/json_user_store.hpp"

#include "core/password_format.hpp"
#include "storage/json/damaged.hpp"
#include "storage/json/edit_merge.hpp"
#include "storage/json/journal_format.hpp"
#include "storage/json/password_hashing.hpp"
#include "storage/json/users_file_reader.hpp"
#include "storage/json/users_file_writer.hpp"

#include <roster/log.hpp>

#include <algorithm>
#include <utility>
#include <variant>

namespace roster::storage {
namespace {

bool is_storable_hash(const Secret& hash) noexcept {
    return hash.empty() || is_checkable_hash(hash.reveal());
}

// A book must be able to hold what is committed, and to give it back.
bool is_storable(const Write& write) noexcept {
    if (const auto* user = std::get_if<CreateUser>(&write))
        return is_storable_email(user->email) && is_storable_hash(user->password_hash);
    if (const auto* change = std::get_if<UpdateUser>(&write))
        return (!change->email || is_storable_email(*change->email)) &&
               (!change->password_hash || is_storable_hash(*change->password_hash));
    return true;
}

}  // namespace

JsonUserStore::JsonUserStore(OpenedUsers opened, OpenOptions options, UserErased erased)
    : options_(std::move(options)),
      files_(std::move(opened.files)),
      lock_(std::move(opened.lock)),
      file_(*files_, std::move(opened.path)),
      erased_(std::move(erased)),
      users_(std::move(opened.book.users)),
      journal_(std::move(opened.journal)),
      recent_(users_.index().revision),
      members_before_users_(std::move(opened.book.members_before_users)),
      members_after_users_(std::move(opened.book.members_after_users)),
      revision_(users_.index().revision),
      known_(opened.info),
      book_revision_(opened.book_revision) {}

std::vector<result<User>> JsonUserStore::commit(std::span<const Write> writes) {
    const std::lock_guard lock(commit_mutex_);
    UserTransaction batch(users_.index(), options_.now());
    std::vector<result<User>> answers;
    answers.reserve(writes.size());
    for (const Write& write : writes)
        answers.push_back(is_storable(write) ? batch.apply(write)
                                             : result<User>(Errc::invalid_request));
    if (make_durable(batch)) return answers;
    for (result<User>& answer : answers)
        if (answer) answer = Errc::store_unavailable;
    return answers;
}

result<std::vector<User>> JsonUserStore::commit_all(std::span<const Write> writes) {
    const auto unstorable = std::find_if_not(writes.begin(), writes.end(),
                                             [](const Write& write) { return is_storable(write); });
    const std::lock_guard lock(commit_mutex_);
    UserTransaction batch(users_.index(), options_.now());
    // One of those before it may be the first that is refused.
    auto users = batch.apply_all(std::span(writes.begin(), unstorable));
    if (users && unstorable != writes.end()) return Errc::invalid_request;
    if (users && !make_durable(batch)) return Errc::store_unavailable;
    return users;
}

bool JsonUserStore::make_durable(const UserTransaction& batch) {
    if (batch.changes().empty()) return true;
    if (!append(encode(batch))) return false;
    publish(batch);
    return true;
}

std::string JsonUserStore::encode(const UserTransaction& batch) const {
    JournalBatchWriter journal(batch.changes().front().revision);
    for (const UserChange& change : batch.changes()) {
        if (!change.after) {
            journal.erased(change.id, change.revision);
            continue;
        }
        UserRecord record = to_record(*change.after);
        const auto before = users_.index().find(change.id);
        if (before) record.unknown_members = before->unknown_members;
        change.is_new ? journal.created(record) : journal.changed(record);
    }
    return journal.finish();
}

bool JsonUserStore::append(std::string_view bytes) {
    if (!writable_) return false;
    boost::system::error_code error;
    switch (journal_.append(bytes, error)) {
        case Journal::Outcome::done:
            if (append_failed_ && options_.log)
                options_.log->info("{}: can be written again", journal_.first_path());
            append_failed_ = false;
            return true;
        case Journal::Outcome::undone:
            if (!append_failed_ && options_.log)
                options_.log->error("{}: cannot be written: {}; writes are refused meanwhile",
                                    journal_.first_path(), error.message());
            append_failed_ = true;
            return false;
        case Journal::Outcome::failed: fail(error); return false;
    }
    return false;
}

// What is durable must become visible; if even memory fails, nothing may be built upon the rest.
void JsonUserStore::publish(const UserTransaction& batch) {
    try {
        for (const UserChange& change : batch.changes()) {
            const auto before = users_.index().find(change.id);
            recent_.add(change.revision, change.id, before ? digest_of(*before) : 0);
        }
        users_.publish(batch);
    } catch (...) {
        writable_ = false;
        throw;
    }
    revision_ = users_.index().revision;
    for (const UserChange& change : batch.changes())
        if (!change.after && erased_) erased_(change.id);
}

void JsonUserStore::fail(const boost::system::error_code& error) {
    writable_ = false;
    if (options_.log)
        options_.log->error(
            "{}: what was written could not be made durable: {}. Nothing is written any more until "
            "the server is started again.",
            file_.path(), error.message());
}

bool JsonUserStore::needs_snapshot() const noexcept {
    return must_write_ || revision_ != book_revision_;
}

JsonUserStore::Snapshot JsonUserStore::write_snapshot() {
    if (!needs_snapshot()) return Snapshot::not_needed;
    if (!writable_) return Snapshot::failed;
    if (file_.is_edited(known_)) return Snapshot::held_back;
    boost::system::error_code error;
    const Journal::Outcome prepared = journal_.prepare_next(error);
    if (prepared != Journal::Outcome::done) return not_written(prepared, error);
    UsersFileFrame frame;
    std::unique_ptr<ConcurrentUserTable::View> view;
    {
        const std::lock_guard lock(commit_mutex_);
        if (!journal_.begin_next()) return Snapshot::failed;
        view = users_.snapshot();
        frame.revision = users_.index().revision;
        recent_.begin_book(frame.revision);
        frame.next_id = users_.index().next_id;
        frame.members_before_users = members_before_users_;
        frame.members_after_users = members_after_users_;
    }
    const Replacement replaced = file_.replace(
        known_, [&](const TextSink& sink) { return write_book(frame, view->chunks(), sink); });
    view.reset();
    return end_snapshot(replaced, frame.revision);
}

JsonUserStore::Snapshot JsonUserStore::end_snapshot(const Replacement& replaced,
                                                    Revision revision) {
    if (replaced.outcome == Replaced::edited) return Snapshot::held_back;
    if (replaced.outcome != Replaced::yes)
        return not_written(replaced.outcome == Replaced::uncertain ? Journal::Outcome::failed
                                                                   : Journal::Outcome::undone,
                           replaced.error);
    known_ = replaced.info;
    book_revision_ = revision;
    must_write_ = false;
    boost::system::error_code error;
    const Journal::Outcome dropped = journal_.drop_first(error);
    if (dropped != Journal::Outcome::done) return not_written(dropped, error);
    if (snapshot_failed_ && options_.log)
        options_.log->info("{}: is up to date again", file_.path());
    snapshot_failed_ = false;
    return Snapshot::written;
}

JsonUserStore::Snapshot JsonUserStore::not_written(Journal::Outcome outcome,
                                                   const boost::system::error_code& error) {
    if (outcome == Journal::Outcome::failed) {
        fail(error);
    } else if (!snapshot_failed_ && options_.log) {
        options_.log->error("{}: cannot be written: {}; the journal keeps the changes meanwhile",
                            file_.path(), error.message());
    }
    snapshot_failed_ = true;
    return Snapshot::failed;
}

}  // namespace roster::storage
