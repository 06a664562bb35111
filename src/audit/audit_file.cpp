#include "audit/audit_file.hpp"

#include "audit/rotated_file.hpp"

#include <boost/system/errc.hpp>

#include <utility>

namespace roster::audit {

AuditFile::AuditFile(std::shared_ptr<FileSystem> files, std::string path,
                     std::unique_ptr<FileLock> lock, const AuditOptions& options)
    : files_(std::move(files)),
      path_(std::move(path)),
      lock_(std::move(lock)),
      rotate_bytes_(options.rotate_bytes),
      keep_files_(options.keep_files),
      putting_aside_(options.log, path_ + " cannot be put aside, and grows", "put aside at last"),
      removing_(options.log, "the oldest file of " + path_ + " cannot be removed",
                "old files are removed again") {}

void AuditFile::begin(std::unique_ptr<File> file, std::uint64_t size_bytes,
                      std::uint64_t first_seq) {
    file_ = std::move(file);
    size_bytes_ = size_bytes;
    first_seq_ = first_seq;
}

result<void> AuditFile::append(std::string_view lines, std::uint64_t first_seq) {
    if (const auto cut = cut_torn_part(); !cut) return cut;
    put_aside_if_large(lines.size());
    const auto written = append_all(*file_, lines);
    if (!written) {
        is_torn_ = true;
        (void)cut_torn_part();
        return written;
    }
    if (size_bytes_ == 0) first_seq_ = first_seq;
    size_bytes_ += lines.size();
    return {};
}

result<void> AuditFile::cut_torn_part() {
    if (!is_torn_) return {};
    const auto cut = file_->truncate(size_bytes_);
    is_torn_ = !cut;
    return cut;
}

void AuditFile::put_aside_if_large(std::size_t more_bytes) {
    if (size_bytes_ == 0 || size_bytes_ + more_bytes <= rotate_bytes_) return;
    const auto done = put_aside();
    if (!done) return putting_aside_.met(done.error());
    putting_aside_.over();
    const auto removed = remove_oldest();
    if (!removed) return removing_.met(removed.error());
    removing_.over();
}

// Step by step, each durable before the next: wherever a power cut ends it, the next start finds
// all lines, in files whose names say their order.
result<void> AuditFile::put_aside() {
    if (!is_aside_) {
        const auto moved = move_away();
        if (!moved) return moved;
        is_aside_ = true;
    }
    const auto synced = files_->sync_directory(directory_of(path_));
    if (!synced) return synced;
    const auto begun = begin_next();
    if (!begun) return begun;
    is_aside_ = false;
    return {};
}

result<void> AuditFile::move_away() {
    const auto synced = file_->sync();
    if (!synced) return synced;
    const std::string aside = aside_path(path_, first_seq_);
    // Somebody put it there; it is not for a log to overwrite.
    if (files_->info(aside)) return make_error_code(boost::system::errc::file_exists);
    const auto renamed = files_->rename(path_, aside);
    // Where somebody has moved it himself it is away.
    if (!renamed && !is_not_found(renamed.error())) return renamed;
    return {};
}

result<void> AuditFile::begin_next() {
    const auto like = file_->info();
    if (!like) return like.error();
    // Not `create`: it may be there, from a first attempt that failed behind this.
    auto next = files_->open(path_, OpenMode::append);
    if (!next) return next.error();
    const auto info = (*next)->info();
    if (!info) return info.error();
    if (info->size_bytes != 0) return make_error_code(boost::system::errc::file_exists);
    const auto owned = (*next)->set_owner_and_mode(*like);
    if (!owned) return owned;
    const auto synced = files_->sync_directory(directory_of(path_));
    if (!synced) return synced;
    begin(std::move(*next), 0, 0);
    return {};
}

// One by one, the oldest first, so that a power cut leaves no hole.
result<void> AuditFile::remove_oldest() {
    const auto aside = list_aside(*files_, path_);
    if (!aside) return aside.error();
    for (std::size_t i = 0; i + keep_files_ < aside->size(); ++i) {
        const auto removed = files_->remove((*aside)[i].path);
        if (!removed) return removed;
        const auto synced = files_->sync_directory(directory_of(path_));
        if (!synced) return synced;
    }
    return {};
}

}  // namespace roster::audit
