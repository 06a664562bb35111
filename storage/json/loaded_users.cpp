#include "storage/json/loaded_users.hpp"

#include "storage/json/damaged.hpp"
#include "storage/json/password_hashing.hpp"
#include "storage/json/users_file_reader.hpp"

#include <roster/log.hpp>

#include <utility>
#include <variant>

namespace roster::storage {
namespace {

[[noreturn]] void refuse(const std::string& path, std::string_view text,
                         const DraftProblem& problem) {
    throw_damaged(path, place_of_token(text, problem.token), problem.text);
}

[[noreturn]] void cannot(const std::string& path, const std::string& what,
                         const boost::system::error_code& error) {
    throw StartupError(Errc::store_unavailable,
                       path + ": cannot be " + what + ": " + error.message());
}

struct BookText {
    std::optional<FileInfo> info;
    std::string text;
};

BookText read_text(FileSystem& files, const std::string& path) {
    BookText read;
    const auto info = files.info(path);
    if (!info && is_not_found(info.error())) return read;
    if (!info) cannot(path, "read", info.error());
    if (!info->is_regular)
        throw StartupError(Errc::store_unavailable, path + ": is not a regular file");
    auto text = read_file(files, path);
    if (!text) cannot(path, "read", text.error());
    read.info = *info;
    read.text = std::move(*text);
    return read;
}

void warn_of_mode(const std::string& path, const FileInfo& info, const OpenOptions& options) {
    constexpr std::uint32_t kOthers = 0077;
    if ((info.mode & kOthers) != 0 && options.log)
        options.log->warn("{}: other users of this machine may read or write it; chmod 600 it",
                          path);
}

// The text alone: what a person left out is filled in when the journal was replayed, because ids
// and revisions that are filled in must be above all that were ever given.
UsersDocument load(const BookText& read, const std::string& path, const OpenOptions& options) {
    UsersDocument book;
    book.incomplete = !read.info;
    if (!read.info) return book;
    warn_of_mode(path, *read.info, options);
    BookOrProblem parsed = read_book(read.text, options.now());
    if (const auto* problem = std::get_if<UsersFileProblem>(&parsed))
        throw_damaged(path, problem->place, problem->text);
    return std::move(std::get<UsersDocument>(parsed));
}

void tell_replay(const ReplayedJournal& replayed, const std::string& path,
                 const OpenOptions& options) {
    if (!options.log) return;
    if (replayed.changes > 0)
        options.log->info("{}: {} changes were in the journal only", path, replayed.changes);
    if (replayed.torn_bytes > 0)
        options.log->warn(
            "{}: the journal ends with {} bytes that were never acknowledged; they "
            "are cut off",
            path, replayed.torn_bytes);
}

}  // namespace

LoadedUsers load_book(const std::string& path, const OpenOptions& options, FileSystem& files) {
    const BookText read = read_text(files, path);
    LoadedUsers loaded;
    loaded.book = load(read, path, options);
    loaded.info = read.info;
    loaded.text_revision = loaded.book.users.revision;
    loaded.replayed = replay_journal(files, Journal(files, path), loaded.book);
    tell_replay(loaded.replayed, path, options);
    if (const auto problem = complete_book(options.now(), loaded.book))
        refuse(path, read.text, *problem);
    if (const auto problem = hash_plain_passwords(loaded.book, options))
        refuse(path, read.text, *problem);
    return loaded;
}

StoreFiles json_store_files(std::string path) {
    return {std::move(path), {".sessions"}, {".journal", ".journal.next"}};
}

}  // namespace roster::storage
