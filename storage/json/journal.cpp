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
    auto file = files_.open(has_next ? next_path() : first_path(), OpenMode::append);
    if (!file) return file.error();
    file_ = std::move(*file);
    const auto owned = file_->set_owner_and_mode(owner_);
    if (!owned) return owned;
    const auto info = file_->info();
    if (!info) return info.error();
    if (info->size_bytes > good_bytes) {
        const auto cut = file_->truncate(good_bytes);
        if (!cut) return cut;
    }
    good_bytes_ = good_bytes;
    const auto synced = file_->sync();
    if (!synced) return synced;
    return files_.sync_directory(directory_of(book_));
}

Journal::Outcome Journal::append(std::string_view batch, boost::system::error_code& error) {
    if (failed_) return Outcome::failed;
    if (is_torn_) {
        const Outcome undone = undo(error);
        if (undone != Outcome::done) return undone;
    }
    const auto written = append_all(*file_, batch);
    if (!written) {
        error = written.error();
        is_torn_ = true;
        const Outcome undone = undo(error);
        return undone == Outcome::failed ? undone : Outcome::undone;
    }
    const auto synced = file_->sync();
    if (synced) {
        good_bytes_ += batch.size();
        return Outcome::done;
    }
    error = synced.error();
    failed_ = true;
    // Whoever was refused shall not come back with a restart; more cannot be done for that.
    (void)file_->truncate(good_bytes_);
    return Outcome::failed;
}

// What was written of a refused batch must be gone, durably, before anything is written behind it
// or into another file.
Journal::Outcome Journal::undo(boost::system::error_code& error) {
    const auto info = file_->info();
    if (!info || info->size_bytes != good_bytes_) {
        const auto cut = file_->truncate(good_bytes_);
        if (!cut) {
            error = cut.error();
            return Outcome::undone;
        }
        const auto synced = file_->sync();
        if (!synced) {
            error = synced.error();
            failed_ = true;
            return Outcome::failed;
        }
    }
    is_torn_ = false;
    return Outcome::done;
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
    if (failed_ || is_torn_) return false;
    file_ = std::move(prepared_);
    good_bytes_ = 0;
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
