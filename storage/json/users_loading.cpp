#include "storage/json/users_loading.hpp"

#include <roster/log.hpp>

#include <utility>

namespace roster::storage {
namespace {

[[noreturn]] void throw_damaged(const std::string& path, bool is_snapshot, Diagnostic problem) {
    problem.location.file = path;
    throw StartupError(
        Errc::store_damaged,
        to_string(problem) + ". Nothing was changed; " +
            (is_snapshot
                 ? "`roster repair` recovers what can be read, or put a backup in its place."
                 : "correct the file there, or replace it with a copy."));
}

Diagnostic located(const TokenProblem& problem, std::string_view text) {
    return Diagnostic(problem.text, locate_token(text, problem.token));
}

std::string read_text(FileSystem& files, const std::string& path, std::optional<FileInfo>& info) {
    const auto found = files.info(path);
    if (!found && is_not_found(found.error())) return {};
    if (!found) throw_unavailable(path, "read", found.error());
    if (!found->is_regular)
        throw StartupError(Errc::store_unavailable, path + ": is not a regular file");
    std::string text = must(read_file(files, path), path, "read");
    info = *found;
    return without_mark(std::move(text));
}

void warn_of_set_aside(const std::string& path, std::size_t count, const OpenOptions& options) {
    if (count == 0 || !options.log) return;
    options.log->warn(
        "{}: {} members have names that a user's own members have since, such as \"username\", and "
        "values that those cannot have; they are kept, with \"old_\" before the name",
        path, count);
}

void log_replay(const ReplayedJournal& replayed, const std::string& path,
                const OpenOptions& options) {
    if (!options.log) return;
    if (replayed.changes > 0)
        options.log->info("{}: {} changes were in the journal only", path, replayed.changes);
    if (replayed.torn_bytes > 0)
        options.log->warn(
            "{}: the journal ends with {} bytes that were never acknowledged; they are cut off",
            path, replayed.torn_bytes);
}

}  // namespace

// What a person left out is filled in after the journal was replayed, because ids and revisions
// that are filled in must be above all that were ever given.
LoadedUsers load_users(const std::string& path, const OpenOptions& options, FileSystem& files,
                       PlainPasswords plain) {
    LoadedUsers loaded;
    const std::string record = record_path(files, path);
    loaded.is_snapshot = record != path;
    const std::string text = read_text(files, record, loaded.info);
    loaded.text_digest = digest_of_text(text);
    loaded.document.incomplete = !loaded.info;
    if (loaded.info) {
        auto read = read_users_file(text, options.now());
        if (auto* problem = std::get_if<Diagnostic>(&read))
            throw_damaged(record, loaded.is_snapshot, std::move(*problem));
        loaded.document = std::move(std::get<UsersDocument>(read));
        warn_of_set_aside(record, loaded.document.set_aside, options);
    }
    loaded.text_revision = loaded.document.users.revision;
    loaded.recent = RecentChanges(loaded.text_revision);
    loaded.replayed = replay_journal(files, path, loaded.document, loaded.recent);
    loaded.recent.begin_file(loaded.document.users.revision);
    log_replay(loaded.replayed, path, options);
    auto problem = complete_document(options.now(), loaded.document);
    if (plain == PlainPasswords::leave_out)
        loaded.left_out = leave_out_plain_passwords(loaded.document);
    else if (!problem)
        problem = hash_plain_passwords(loaded.document, options);
    if (problem) throw_damaged(record, loaded.is_snapshot, located(*problem, text));
    return loaded;
}

std::string without_mark(std::string text) {
    constexpr std::string_view kMark = "\xEF\xBB\xBF";
    if (text.starts_with(kMark)) text.erase(0, kMark.size());
    return text;
}

std::variant<UsersDocument, Diagnostic> parse_edit(std::string_view text,
                                                   const OpenOptions& options,
                                                   PlainPasswords plain) {
    auto read = read_users_file(text, options.now());
    auto* edit = std::get_if<UsersDocument>(&read);
    if (edit == nullptr) return read;
    if (plain == PlainPasswords::leave_out)
        leave_out_plain_passwords(*edit);
    else if (const auto problem = hash_plain_passwords(*edit, options))
        return located(*problem, text);
    return read;
}

std::optional<Diagnostic> add_waiting_edit(const std::string& path, const OpenOptions& options,
                                           FileSystem& files, PlainPasswords plain,
                                           LoadedUsers& loaded) {
    if (!loaded.is_snapshot) return std::nullopt;
    const auto file = read_file(files, path);
    if (!file) return std::nullopt;
    const std::string text = without_mark(*file);
    if (digest_of_text(text) == loaded.text_digest) return std::nullopt;
    auto read = parse_edit(text, options, plain);
    if (auto* problem = std::get_if<Diagnostic>(&read)) return std::move(*problem);
    auto& edit = std::get<UsersDocument>(read);
    if (edit.hashing_error) throw_unhashed(path, edit);
    const UserIndex& users = loaded.document.users;
    // A server wrote it after the record was read.
    if (edit.has_revision && edit.users.revision > users.revision) return std::nullopt;
    const auto merged =
        merge_edit(edit, text, MergeBase{users, loaded.recent, std::nullopt}, options.now());
    if (const auto* problem = std::get_if<Diagnostic>(&merged)) return *problem;
    loaded.left_out = edit.passwords_left_out ? edit.had_plain_password.size() : 0;
    loaded.edited = std::get<MergedEdit>(merged).changed;
    apply_edit(std::get<MergedEdit>(merged), edit, loaded.document);
    return std::nullopt;
}

void throw_unhashed(const std::string& path, const UsersDocument& document) {
    if (document.hashing_error == Errc::cancelled)
        throw StartupError(Errc::cancelled, path + ": is not opened: the program is to stop");
    throw StartupError(Errc::overloaded,
                       path +
                           ": its plain passwords cannot be hashed: memory is short; raise the "
                           "limit on it, or lower --hash-memory-kib");
}

std::string snapshot_path(const std::string& users_file) {
    return users_file + ".base";
}

// A snapshot that cannot be looked at is there: nothing else may be taken for the record.
std::string record_path(FileSystem& files, const std::string& users_file) {
    const auto info = files.info(snapshot_path(users_file));
    return !info && is_not_found(info.error()) ? users_file : snapshot_path(users_file);
}

StoreFiles json_store_files(std::string path) {
    return {std::move(path), {".sessions"}, {".base", ".journal", ".journal.next"}};
}

}  // namespace roster::storage
