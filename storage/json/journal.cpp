#include "storage/json/journal.hpp"

#include <utility>

namespace roster::storage {

Journal::Journal(FileSystem& files, std::string book) : files_(files), book_(std::move(book)) {}

result<void> Journal::open(std::uint64_t good_bytes, bool has_next, const FileInfo& book) {
    constexpr std::uint32_t kPrivate = 0600;
    has_next_ = has_next;
    owner_ = book;
    owner_.mode = kPrivate;
    if (!has_next) {
        const auto removed = files_.remove(next_path());
        if (!removed && !is_not_found(removed.error())) return removed;
    }
    auto log = DurableLog::open(files_, has_next ? next_path() : first_path(), good_bytes, owner_);
    if (!log) return log.error();
    log_ = std::move(*log);
    return files_.sync_directory(directory_of(book_));
}

Journal::Outcome Journal::prepare_next(boost::system::error_code& error) {
    if (has_next_ || prepared_) return Outcome::done;
    auto file = files_.open(next_path(), OpenMode::create);
    if (!file) {
        error = file.error();
        return Outcome::undone;
    }
    (void)(*file)->set_owner_and_mode(owner_);
    const auto synced = files_.sync_directory(directory_of(book_));
    if (!synced) {
        error = synced.error();
        return Outcome::failed;
    }
    prepared_ = std::move(*file);
    return Outcome::done;
}

bool Journal::begin_next() noexcept {
    if (has_next_) return true;
    if (!log_.is_whole()) return false;
    log_ = DurableLog(std::move(prepared_), 0);
    has_next_ = true;
    return true;
}

Journal::Outcome Journal::drop_first(boost::system::error_code& error) {
    const auto renamed = files_.rename(next_path(), first_path());
    if (!renamed) {
        error = renamed.error();
        return Outcome::undone;
    }
    has_next_ = false;
    const auto synced = files_.sync_directory(directory_of(book_));
    if (synced) return Outcome::done;
    error = synced.error();
    return Outcome::failed;
}

}  // namespace roster::storage
