#include "storage/json/opened_users.hpp"

#include "core/files/temporary_lock.hpp"
#include "storage/core/store_files.hpp"
#include "storage/json/atomic_file.hpp"
#include "storage/json/loaded_users.hpp"
#include "storage/json/users_file_writer.hpp"

#include <utility>

namespace roster::storage {
namespace {

[[noreturn]] void cannot(const std::string& path, const std::string& what,
                         const boost::system::error_code& error) {
    throw StartupError(Errc::store_unavailable,
                       path + ": cannot be " + what + ": " + error.message());
}

void open_journal(const ReplayedJournal& replayed, OpenedUsers& opened) {
    const auto journal = opened.journal.open(replayed.good_bytes, replayed.has_next, opened.info);
    if (!journal) cannot(opened.journal.first_path(), "opened", journal.error());
}

// The book as it is in memory; then the journal has nothing to keep any more.
void write_whole(AtomicFile& file, const std::optional<FileInfo>& known, OpenedUsers& opened) {
    UsersFileFrame frame;
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

OpenedUsers open_book(const std::string& path, const OpenOptions& options,
                      std::shared_ptr<FileSystem> files) {
    const auto real = files->resolve(path);
    if (!real) cannot(path, "opened", real.error());
    auto lock = lock_for_writing(*files, *real);
    finish_replacement(*files, json_store_files(*real));
    AtomicFile file(*files, *real);
    file.remove_stale_temporaries();
    LoadedUsers loaded = load_book(*real, options, *files);
    Journal journal(*files, *real);
    OpenedUsers opened(std::move(files), std::move(lock), *real, std::move(loaded.book),
                       std::move(journal));
    if (opened.book.incomplete) {
        write_whole(file, loaded.info, opened);
    } else {
        opened.info = *loaded.info;
        opened.book_revision = loaded.text_revision;
        open_journal(loaded.replayed, opened);
    }
    give_lock_to_owner(*opened.files, *real, opened.info);
    return opened;
}

}  // namespace roster::storage
