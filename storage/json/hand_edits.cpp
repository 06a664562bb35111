// The part of JsonUserStore that takes over what people write into the users file while it is open:
//  1. take_over_edit waits until a changed file is quiet; read_copy looks at a start.
//  2. read_edit reads the text, and says so if it is refused.
//  3. merge_text parses it and hashes its plain passwords, while commits go on.
//  4. merge_document merges it with what changed meanwhile, and commits that.

#include "storage/json/json_user_store.hpp"

#include "core/text.hpp"

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

void log_edit(const MergedEdit& merged, const std::string& path, Log& log) {
    constexpr std::size_t kMostNames = 10;
    log.info(
        "{}: was edited; {} changed{}", path, users_are(merged.changed),
        merged.changed == 0 ? " (an older copy of it undoes nothing; 'roster restore' does)" : "");
    if (merged.erased.empty()) return;
    std::string names;
    for (std::size_t i = 0; i < std::min(kMostNames, merged.erased.size()); ++i)
        names += (i == 0 ? "" : ", ") + printable(merged.erased[i]);
    if (merged.erased.size() > kMostNames) names += ", …";
    log.warn(
        "{}: the edit erased {} of them: {}. To get them back, copy their objects from an older "
        "copy "
        "of the file, or from a backup, into the \"users\" of this one, without \"id\" and "
        "\"revision\"; they get new ids and keep their passwords",
        path, merged.erased.size(), names);
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
        refused_edit_is_gone();
    } else if (!is_now(refused_) && is_now(quiet_)) {
        read_edit(*info, known_digest_);
    } else {
        quiet_ = *info;
    }
}

// The person who corrected it waits to hear that it is right.
void JsonUserStore::refused_edit_is_gone() {
    if (!std::exchange(refused_, std::nullopt) || !options_.log) return;
    options_.log->info("{}: is the server's own text again; there is no edit to take over",
                       file_.path());
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

// What was edited while no server had the store open.
void JsonUserStore::read_copy(std::uint64_t snapshot_digest) {
    const auto info = files_->info(file_.path());
    if (info) return read_edit(*info, snapshot_digest);
    if (!is_not_found(info.error())) return;
    if (options_.log) options_.log->warn("{}: was removed; it is written again", file_.path());
    must_write_ = true;
}

// A text with `known_digest` is no edit.
void JsonUserStore::read_edit(const FileInfo& info, std::optional<std::uint64_t> known_digest) {
    if (!journal_.is_writable()) return;
    std::string problem;
    std::string text;
    // Reading a pipe would never end.
    if (!info.is_regular) {
        problem = file_.path() + ": is not a regular file";
    } else {
        auto read = read_file(*files_, file_.path());
        if (!read) return warn_unreadable(read.error());
        text = without_mark(std::move(*read));
        is_unreadable_ = false;
    }
    const auto since = files_->info(file_.path());
    if (!since || !since->is_unchanged(info)) return;
    const std::uint64_t digest = digest_of_text(text);
    if (problem.empty() && digest == known_digest) {
        known_ = info;
        known_digest_ = digest;
        refused_edit_is_gone();
        return;
    }
    const Edit edit = problem.empty() ? merge_text(text, problem) : Edit::refused;
    if (edit == Edit::postponed) return;
    if (edit == Edit::taken) {
        known_ = info;
        known_digest_ = digest;
        must_write_ = true;
        return;
    }
    refused_ = info;
    tell_edit(nullptr);
    if (options_.log)
        options_.log->error(
            "{}{} The edit is not taken over: the text stays as it is, and the server goes on with "
            "its own users. Correct the text, or move it away.",
            problem, problem.ends_with('?') ? "" : ".");
}

// Null: it was refused.
void JsonUserStore::tell_edit(const MergedEdit* merged) const {
    if (!options_.on_edit) return;
    StoreEdit edit;
    edit.url = url_;
    edit.is_refused = merged == nullptr;
    if (merged != nullptr) {
        edit.removed = merged->erased.size();
        edit.changed = merged->changed - edit.removed;
    }
    options_.on_edit(edit);
}

// Tried again and again: the text need not change to become readable. Said once.
void JsonUserStore::warn_unreadable(const boost::system::error_code& error) {
    if (!std::exchange(is_unreadable_, true) && options_.log)
        options_.log->error(
            "{}: cannot be read: {}. The server goes on with its own users, and tries again.",
            file_.path(), error.message());
}

JsonUserStore::Edit JsonUserStore::merge_text(std::string_view text, std::string& problem) {
    auto read = parse_edit(text, options_, PlainPasswords::hash);
    if (auto* wrong = std::get_if<Diagnostic>(&read)) {
        problem = described(file_.path(), std::move(*wrong));
        return Edit::refused;
    }
    auto& edit = std::get<UsersDocument>(read);
    if (edit.hashing_error) {
        if (edit.hashing_error != Errc::cancelled) warn_unreadable(edit.hashing_error);
        return Edit::postponed;
    }
    const std::lock_guard lock(commit_mutex_);
    return merge_document(edit, text, problem);
}

JsonUserStore::Edit JsonUserStore::merge_document(UsersDocument& edit, std::string_view text,
                                                  std::string& problem) {
    const MergeBase base{users_.index(), recent_,
                         known_ ? std::optional(file_revision_.load()) : std::nullopt};
    const auto read = merge_edit(edit, text, base, options_.now());
    if (const auto* wrong = std::get_if<Diagnostic>(&read)) {
        problem = described(file_.path(), *wrong);
        return Edit::refused;
    }
    const auto& merged = std::get<MergedEdit>(read);
    if (!make_durable(merged.transaction, merged.unknown_members)) return Edit::postponed;
    // At a start the text may be the server's own, of some moments before the end.
    const bool is_edit = known_ || merged.changed > 0;
    if (is_edit) tell_edit(&merged);
    if (is_edit && options_.log) log_edit(merged, file_.path(), *options_.log);
    is_snapshot_outdated_ = is_snapshot_outdated_ || edit.users.next_id > users_.index().next_id ||
                            edit.members_before_users != members_before_users_ ||
                            edit.members_after_users != members_after_users_;
    users_.change(
        [&edit](UserIndex& index) { index.next_id = std::max(index.next_id, edit.users.next_id); });
    members_before_users_ = std::move(edit.members_before_users);
    members_after_users_ = std::move(edit.members_after_users);
    return Edit::taken;
}

}  // namespace roster::storage
