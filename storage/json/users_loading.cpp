#include "storage/json/users_loading.hpp"

#include <roster/log.hpp>

#include <utility>
#include <variant>

namespace roster::storage {
namespace {

[[noreturn]] void throw_damaged(const std::string& path, Diagnostic problem) {
    problem.location.file = path;
    throw StartupError(Errc::store_damaged,
                       to_string(problem) +
                           ". Nothing was changed; correct the file there, or replace it with a "
                           "copy.");
}

void check(const std::string& path, std::string_view text,
           const std::optional<TokenProblem>& problem) {
    if (problem) throw_damaged(path, Diagnostic(problem->text, locate_token(text, problem->token)));
}

std::string read_text(FileSystem& files, const std::string& path, std::optional<FileInfo>& info) {
    const auto found = files.info(path);
    if (!found && is_not_found(found.error())) return {};
    if (!found) throw_unavailable(path, "cannot be read", found.error());
    if (!found->is_regular)
        throw StartupError(Errc::store_unavailable, path + ": is not a regular file");
    auto text = read_file(files, path);
    if (!text) throw_unavailable(path, "cannot be read", text.error());
    info = *found;
    return std::move(*text);
}

void warn_of_mode(const std::string& path, const FileInfo& info, const OpenOptions& options) {
    constexpr std::uint32_t kOthers = 0077;
    if ((info.mode & kOthers) != 0 && options.log)
        options.log->warn("{}: other users of this machine may read or write it; chmod 600 it",
                          path);
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
    const std::string text = read_text(files, path, loaded.info);
    loaded.document.incomplete = !loaded.info;
    if (loaded.info) {
        warn_of_mode(path, *loaded.info, options);
        auto read = read_users_file(text, options.now());
        if (auto* problem = std::get_if<Diagnostic>(&read))
            throw_damaged(path, std::move(*problem));
        loaded.document = std::move(std::get<UsersDocument>(read));
    }
    loaded.text_revision = loaded.document.users.revision;
    loaded.replayed = replay_journal(files, path, loaded.document);
    log_replay(loaded.replayed, path, options);
    check(path, text, complete_document(options.now(), loaded.document));
    if (plain == PlainPasswords::leave_out)
        loaded.left_out = leave_out_plain_passwords(loaded.document);
    else
        check(path, text, hash_plain_passwords(loaded.document, options));
    return loaded;
}

StoreFiles json_store_files(std::string path) {
    return {std::move(path), {".sessions"}, {".journal", ".journal.next"}};
}

void throw_unavailable(const std::string& path, const std::string& what,
                       const boost::system::error_code& error) {
    throw StartupError(Errc::store_unavailable, path + ": " + what + ": " + error.message());
}

}  // namespace roster::storage
