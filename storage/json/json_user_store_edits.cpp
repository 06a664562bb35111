// The part of JsonUserStore that takes over what people write into the book while it is served.

#include "storage/json/damaged.hpp"
#include "storage/json/edit_merge.hpp"
#include "storage/json/journal_format.hpp"
#include "storage/json/json_user_store.hpp"
#include "storage/json/password_hashing.hpp"
#include "storage/json/users_file_reader.hpp"

#include <roster/log.hpp>

#include <utility>
#include <variant>

namespace roster::storage {
namespace {

std::string users_are(std::size_t count) {
    if (count == 0) return "no user is";
    return count == 1 ? "1 user is" : std::to_string(count) + " users are";
}

}  // namespace

void JsonUserStore::take_over_edit() {
    const auto info = files_->info(file_.path());
    if (!info) {
        if (is_not_found(info.error())) book_is_gone();
        return;
    }
    was_missing_ = false;
    const auto is_now = [&info](const std::optional<FileInfo>& then) {
        return then && info->is_unchanged(*then);
    };
    if (is_now(known_)) {
        quiet_.reset();
        refused_.reset();
    } else if (!is_now(refused_) && is_now(quiet_)) {
        look_at_edit(*info);
    } else {
        quiet_ = *info;
    }
}

// Some editors remove a file before they write it anew; who removed it for good gets it back.
void JsonUserStore::book_is_gone() {
    if (!was_missing_) {
        was_missing_ = true;
        return;
    }
    if (must_write_ && !known_) return;
    if (options_.log) options_.log->warn("{}: was removed; it is written again", file_.path());
    known_.reset();
    quiet_.reset();
    refused_.reset();
    must_write_ = true;
}

void JsonUserStore::look_at_edit(const FileInfo& info) {
    if (!writable_) return;
    std::string problem;
    std::string text;
    // A pipe that somebody put there would be read for ever.
    if (!info.is_regular) {
        problem = file_.path() + ": is not a regular file";
    } else {
        auto read = read_file(*files_, file_.path());
        if (read)
            text = std::move(*read);
        else
            problem = file_.path() + ": cannot be read: " + read.error().message();
    }
    const auto since = files_->info(file_.path());
    if (!since || !since->is_unchanged(info)) return;
    Edit edit = Edit::refused;
    if (problem.empty()) edit = read_and_merge(text, problem);
    if (edit == Edit::postponed) return;
    if (edit == Edit::taken) {
        known_ = info;
        must_write_ = true;
        return;
    }
    refused_ = info;
    if (options_.log)
        options_.log->error(
            "{}. The edit is not taken over: the text stays as it is, and the server goes on with "
            "its own users, until the text is corrected or taken away.",
            problem);
}

JsonUserStore::Edit JsonUserStore::read_and_merge(std::string_view text, std::string& problem) {
    BookOrProblem parsed = read_book(text, options_.now());
    if (const auto* wrong = std::get_if<UsersFileProblem>(&parsed)) {
        problem = at_place(file_.path(), wrong->place, wrong->text);
        return Edit::refused;
    }
    UsersDocument& edit = std::get<UsersDocument>(parsed);
    if (const auto wrong = hash_plain_passwords(edit, options_)) {
        problem = at_place(file_.path(), place_of_token(text, wrong->token), wrong->text);
        return Edit::refused;
    }
    const std::lock_guard lock(commit_mutex_);
    const MergeBase base{users_.index(), recent_, book_revision_, options_.now()};
    const auto merged = merge_edit(edit, base);
    if (const auto* conflict = std::get_if<MergeConflict>(&merged)) {
        problem = at_place(file_.path(), place_of_user(text, conflict->id), conflict->text);
        return Edit::refused;
    }
    if (!publish_edit(std::get<MergedEdit>(merged))) return Edit::postponed;
    members_before_users_ = std::move(edit.members_before_users);
    members_after_users_ = std::move(edit.members_after_users);
    return Edit::taken;
}

bool JsonUserStore::publish_edit(const MergedEdit& merged) {
    if (options_.log)
        options_.log->info("{}: was edited; {} changed", file_.path(),
                           users_are(merged.users.size()));
    if (!merged.users.empty()) {
        JournalBatchWriter journal(merged.users.front().revision);
        for (const EditedUser& user : merged.users) {
            if (!user.after) {
                journal.erased(user.id, user.revision);
                continue;
            }
            UserRecord record = to_record(*user.after);
            record.unknown_members = user.unknown_members;
            user.is_new ? journal.created(record) : journal.changed(record);
        }
        if (!append(journal.finish())) return false;
    }
    for (const EditedUser& user : merged.users) {
        const auto before = users_.index().find(user.id);
        recent_.add(user.revision, user.id, before ? digest_of(*before) : 0);
    }
    users_.change([&](UserIndex& index) { apply_edit(merged, index); });
    revision_ = users_.index().revision;
    for (const EditedUser& user : merged.users)
        if (!user.after && erased_) erased_(user.id);
    return true;
}

}  // namespace roster::storage
