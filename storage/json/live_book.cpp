#include "storage/json/live_book.hpp"

#include "storage/json/book_merge.hpp"
#include "storage/json/book_reader.hpp"
#include "storage/json/book_writer.hpp"
#include "storage/json/damaged.hpp"
#include "storage/json/journal_format.hpp"
#include "storage/json/password_hashing.hpp"
#include "vocabulary/password_format.hpp"

#include <spdlog/logger.h>

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

LiveBook::LiveBook(OpenedBook opened, OpenOptions options, UserErased erased)
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

std::vector<result<User>> LiveBook::commit(std::span<const Write> writes) {
    const std::lock_guard lock(commit_mutex_);
    Batch batch(users_.index(), options_.now());
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

result<std::vector<User>> LiveBook::commit_all(std::span<const Write> writes) {
    const auto unstorable = std::find_if_not(writes.begin(), writes.end(),
                                             [](const Write& write) { return is_storable(write); });
    const std::lock_guard lock(commit_mutex_);
    Batch batch(users_.index(), options_.now());
    // One of those before it may be the first that is refused.
    auto users = batch.apply_all(std::span(writes.begin(), unstorable));
    if (users && unstorable != writes.end()) return Errc::invalid_request;
    if (users && !make_durable(batch)) return Errc::store_unavailable;
    return users;
}

bool LiveBook::make_durable(const Batch& batch) {
    if (batch.changes().empty()) return true;
    if (!append(encode(batch))) return false;
    publish(batch);
    return true;
}

std::string LiveBook::encode(const Batch& batch) const {
    JournalBatchWriter journal(batch.changes().front().revision);
    for (const Change& change : batch.changes()) {
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

bool LiveBook::append(std::string_view bytes) {
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
void LiveBook::publish(const Batch& batch) {
    try {
        for (const Change& change : batch.changes()) {
            const auto before = users_.index().find(change.id);
            recent_.add(change.revision, change.id, before ? digest_of(*before) : 0);
        }
        users_.publish(batch);
    } catch (...) {
        writable_ = false;
        throw;
    }
    revision_ = users_.index().revision;
    for (const Change& change : batch.changes())
        if (!change.after && erased_) erased_(change.id);
}

void LiveBook::fail(const boost::system::error_code& error) {
    writable_ = false;
    if (options_.log)
        options_.log->critical(
            "{}: what was written could not be made durable: {}. Nothing is written any more until "
            "the server is started again.",
            file_.path(), error.message());
}

bool LiveBook::needs_snapshot() const noexcept {
    return must_write_ || revision_ != book_revision_;
}

LiveBook::Snapshot LiveBook::write_snapshot() {
    if (!needs_snapshot()) return Snapshot::not_needed;
    if (!writable_) return Snapshot::failed;
    if (file_.is_edited(known_)) return Snapshot::held_back;
    boost::system::error_code error;
    const Journal::Outcome prepared = journal_.prepare_next(error);
    if (prepared != Journal::Outcome::done) return not_written(prepared, error);
    BookFrame frame;
    std::unique_ptr<LiveUsers::View> view;
    {
        const std::lock_guard lock(commit_mutex_);
        if (!journal_.begin_next()) return Snapshot::failed;
        view = users_.take_view();
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

LiveBook::Snapshot LiveBook::end_snapshot(const Replacement& replaced, Revision revision) {
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

LiveBook::Snapshot LiveBook::not_written(Journal::Outcome outcome,
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
