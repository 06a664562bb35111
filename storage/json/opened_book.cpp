#include "storage/json/opened_book.hpp"

#include "storage/file_lock.hpp"
#include "storage/json/book_file.hpp"
#include "storage/json/book_reader.hpp"
#include "storage/json/book_writer.hpp"
#include "storage/json/damaged.hpp"
#include "storage/json/journal_replay.hpp"
#include "storage/json/password_hashing.hpp"

#include <spdlog/logger.h>

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
Book load(const BookText& read, const std::string& path, const OpenOptions& options) {
    Book book;
    book.incomplete = !read.info;
    if (!read.info) return book;
    warn_of_mode(path, *read.info, options);
    BookOrProblem parsed = read_book(read.text, options.now());
    if (const auto* problem = std::get_if<BookProblem>(&parsed))
        throw_damaged(path, problem->place, problem->text);
    return std::move(std::get<Book>(parsed));
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

void open_journal(const ReplayedJournal& replayed, OpenedBook& opened) {
    const auto journal = opened.journal.open(replayed.good_bytes, replayed.has_next, opened.info);
    if (!journal) cannot(opened.journal.first_path(), "opened", journal.error());
}

// The book as it is in memory; then the journal has nothing to keep any more.
void write_whole(BookFile& file, const std::optional<FileInfo>& known, OpenedBook& opened) {
    BookFrame frame;
    frame.revision = opened.book.users.revision;
    frame.next_id = opened.book.users.next_id;
    frame.members_before_users = opened.book.members_before_users;
    frame.members_after_users = opened.book.members_after_users;
    UserView view;
    for (const auto& chunk : opened.book.users.table().chunks_above(0))
        view.push_back(chunk.get());
    const Replacement replaced =
        file.replace(known, [&](const TextSink& sink) { return write_book(frame, view, sink); });
    if (replaced.outcome == Replaced::edited)
        throw StartupError(Errc::store_unavailable,
                           file.path() + ": somebody writes it just now; start again");
    if (replaced.outcome != Replaced::yes) cannot(file.path(), "written", replaced.error);
    opened.info = replaced.info;
    opened.book_revision = frame.revision;
    open_journal(ReplayedJournal(), opened);
}

}  // namespace

OpenedBook open_book(const std::string& path, const OpenOptions& options,
                     std::shared_ptr<FileSystem> files) {
    const auto real = files->resolve(path);
    if (!real) cannot(path, "opened", real.error());
    auto lock = lock_for_writing(*files, *real);
    BookFile file(*files, *real);
    file.remove_stale_temporaries();
    const BookText read = read_text(*files, *real);
    Book book = load(read, *real, options);
    const Revision book_revision = book.users.revision;
    Journal journal(*files, *real);
    const ReplayedJournal replayed = replay_journal(*files, journal, book);
    tell_replay(replayed, *real, options);
    if (const auto problem = complete_book(options.now(), book)) refuse(*real, read.text, *problem);
    if (const auto problem = hash_plain_passwords(book, options))
        refuse(*real, read.text, *problem);
    OpenedBook opened(std::move(files), std::move(lock), *real, std::move(book),
                      std::move(journal));
    if (opened.book.incomplete) {
        write_whole(file, read.info, opened);
    } else {
        opened.info = *read.info;
        opened.book_revision = book_revision;
        open_journal(replayed, opened);
    }
    give_lock_to_owner(*opened.files, *real, opened.info);
    return opened;
}

}  // namespace roster::storage
