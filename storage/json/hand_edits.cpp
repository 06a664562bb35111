// The part of JsonUserStore that takes over what people write into the users file while it is open.

#include "storage/json/json_user_store.hpp"

#include <roster/log.hpp>

#include <algorithm>
#include <utility>
#include <variant>

namespace roster::storage {
namespace {

std::string users_are(std::size_t count) {
    if (count == 0) return "no user is";
    return count == 1 ? "1 user is" : std::to_string(count) + " users are";
}

std::string described(const std::string& path, Diagnostic problem) {
    problem.location.file = path;
    return to_string(problem);
}

}  // namespace

void JsonUserStore::take_over_edit() {
    const auto info = files_->info(file_.path());
    if (!info) {
        if (is_not_found(info.error())) file_is_gone();
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
        read_edit(*info);
    } else {
        quiet_ = *info;
    }
}

// Some editors remove a file before they write it again. Removed for good, it is written again.
void JsonUserStore::file_is_gone() {
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

void JsonUserStore::read_edit(const FileInfo& info) {
    if (!journal_.is_writable()) return;
    std::string problem;
    std::string text;
    // Reading a pipe would never end.
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
    const Edit edit = problem.empty() ? merge_text(text, problem) : Edit::refused;
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
            "its own users. Correct the text, or move it away.",
            problem);
}

JsonUserStore::Edit JsonUserStore::merge_text(std::string_view text, std::string& problem) {
    auto read = read_users_file(text, options_.now());
    if (auto* wrong = std::get_if<Diagnostic>(&read)) {
        problem = described(file_.path(), std::move(*wrong));
        return Edit::refused;
    }
    auto& edit = std::get<UsersDocument>(read);
    if (const auto wrong = hash_plain_passwords(edit, options_)) {
        problem =
            described(file_.path(), Diagnostic(wrong->text, locate_token(text, wrong->token)));
        return Edit::refused;
    }
    const std::lock_guard lock(commit_mutex_);
    return merge_document(edit, text, problem);
}

JsonUserStore::Edit JsonUserStore::merge_document(UsersDocument& edit, std::string_view text,
                                                  std::string& problem) {
    const auto refuse = [&](const MergeConflict& conflict) {
        problem =
            described(file_.path(), Diagnostic(conflict.text, locate_user(text, conflict.id)));
        return Edit::refused;
    };
    const UserIndex& live = users_.index();
    auto merged = merge_edit(edit, MergeBase{live, recent_, file_revision_});
    if (const auto* conflict = std::get_if<MergeConflict>(&merged)) return refuse(*conflict);
    auto& writes = std::get<std::vector<EditWrite>>(merged);
    UnknownMembers unknown;
    for (const EditWrite& write : writes)
        if (!std::holds_alternative<EraseUser>(write.write))
            unknown[write.id] = write.unknown_members;
    const std::size_t count = writes.size();
    UserTransaction transaction(live, options_.now(), UserTransaction::Ids::may_return);
    if (const auto conflict = apply_edit(std::move(writes), live, transaction))
        return refuse(*conflict);
    if (!make_durable(transaction, unknown)) return Edit::postponed;
    if (options_.log)
        options_.log->info("{}: was edited; {} changed", file_.path(), users_are(count));
    users_.change(
        [&edit](UserIndex& index) { index.next_id = std::max(index.next_id, edit.users.next_id); });
    members_before_users_ = std::move(edit.members_before_users);
    members_after_users_ = std::move(edit.members_after_users);
    return Edit::taken;
}

}  // namespace roster::storage
