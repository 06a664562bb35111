#include "storage/json/durable_log.hpp"

namespace roster::storage {

result<DurableLog> DurableLog::open(FileSystem& files, const std::string& path,
                                    std::uint64_t good_bytes, const FileInfo& owner_and_mode) {
    auto file = files.open(path, OpenMode::append);
    if (!file) return file.error();
    const auto owned = (*file)->set_owner_and_mode(owner_and_mode);
    if (!owned) return owned.error();
    const auto info = (*file)->info();
    if (!info) return info.error();
    if (info->size_bytes > good_bytes) {
        const auto cut = (*file)->truncate(good_bytes);
        if (!cut) return cut.error();
    }
    const auto synced = (*file)->sync();
    if (!synced) return synced.error();
    return DurableLog(std::move(*file), good_bytes);
}

DurableLog::Outcome DurableLog::append(std::string_view batch, boost::system::error_code& error) {
    if (failed_) return Outcome::failed;
    if (is_torn_) {
        const Outcome undone = undo(error);
        if (undone != Outcome::done) return undone;
    }
    // Who reads the file meanwhile, for a backup, must not take for promised what may be refused.
    file_->mark_unsettled(true);
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
        file_->mark_unsettled(false);
        return Outcome::done;
    }
    error = synced.error();
    failed_ = true;
    // Whoever was refused shall not come back with a restart; more cannot be done for that.
    if (file_->truncate(good_bytes_)) file_->mark_unsettled(false);
    return Outcome::failed;
}

// What was written of a refused batch must be gone, durably, before anything is written behind it
// or into another file.
DurableLog::Outcome DurableLog::undo(boost::system::error_code& error) {
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
    file_->mark_unsettled(false);
    return Outcome::done;
}

}  // namespace roster::storage
