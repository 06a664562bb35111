#include "audit/audit_file.hpp"

#include <boost/system/errc.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cinttypes>
#include <cstdio>
#include <utility>

namespace roster::audit {
namespace {

result<void> add_rotated(FileSystem& files, const std::string& path,
                         std::vector<RotatedFile>& found) {
    const auto names = files.list(directory_of(path));
    if (!names) return names.error();
    const std::string prefix = name_of(path) + ".";
    for (const std::string& name : *names) {
        if (!name.starts_with(prefix)) continue;
        RotatedFile file;
        (void)std::from_chars(name.data() + prefix.size(), name.data() + name.size(),
                              file.first_seq);
        file.path = rotated_path(path, file.first_seq);
        if (file.first_seq > 0 && name_of(file.path) == name) found.push_back(std::move(file));
    }
    return {};
}

}  // namespace

FailureLogger::FailureLogger(std::shared_ptr<Log> log, std::string failing, std::string recovered)
    : log_(log_or_silent(std::move(log))),
      failing_(std::move(failing)),
      recovered_(std::move(recovered)) {}

void FailureLogger::update(const result<void>& outcome) {
    if (!outcome && !is_failing_)
        log_->error("audit log: {}: {}", failing_, outcome.error().message());
    if (outcome && is_failing_) log_->info("audit log: {}", recovered_);
    is_failing_ = !outcome;
}

std::string rotated_path(const std::string& path, std::uint64_t first_seq) {
    std::array<char, 32> number{};
    const int size = std::snprintf(number.data(), number.size(), ".%012" PRIu64, first_seq);
    return path + std::string(number.data(), static_cast<std::size_t>(size));
}

bool is_same(const result<FileInfo>& one, const result<FileInfo>& other) {
    if (!one || !other) return !one && !other;
    return one->is_same_file(*other);
}

bool is_same_place(FileSystem& files, const std::string& one, const std::string& other) {
    return name_of(one) == name_of(other) &&
           is_same(files.info(directory_of(one)), files.info(directory_of(other)));
}

result<std::vector<RotatedFile>> list_rotated(FileSystem& files, const std::string& path) {
    std::vector<RotatedFile> found;
    const auto real = files.resolve(path);
    if (!real) return real.error();
    auto added = add_rotated(files, *real, found);
    if (added && !is_same_place(files, path, *real)) added = add_rotated(files, path, found);
    if (!added) return added.error();
    std::sort(found.begin(), found.end(), [](const RotatedFile& one, const RotatedFile& other) {
        return one.first_seq < other.first_seq;
    });
    return found;
}

AuditFile::AuditFile(std::shared_ptr<FileSystem> files, std::string path,
                     std::unique_ptr<FileLock> lock, Current current, const AuditOptions& options)
    : files_(std::move(files)),
      path_(std::move(path)),
      lock_(std::move(lock)),
      rotate_bytes_(options.rotate_bytes),
      keep_files_(options.keep_files),
      current_(std::move(current)),
      rotation_(options.log, path_ + " cannot be rotated, and grows", path_ + " is rotated again"),
      removal_(options.log, "the oldest rotated file of " + path_ + " cannot be removed",
               "old files are removed again") {}

result<void> AuditFile::append(std::string_view lines, std::uint64_t first_seq) {
    if (const auto cut = cut_torn_part(); !cut) return cut;
    if (current_.size_bytes > 0 && current_.size_bytes + lines.size() > rotate_bytes_) {
        const auto rotated = rotate();
        rotation_.update(rotated);
        if (rotated) removal_.update(remove_oldest());
    }
    const auto written = append_all(*current_.file, lines);
    if (!written) {
        is_torn_ = true;
        (void)cut_torn_part();
        return written;
    }
    if (current_.size_bytes == 0) current_.first_seq = first_seq;
    current_.size_bytes += lines.size();
    return {};
}

result<void> AuditFile::cut_torn_part() {
    if (!is_torn_) return {};
    const auto cut = current_.file->truncate(current_.size_bytes);
    is_torn_ = !cut;
    return cut;
}

// Each step is durable before the next: after a power cut at any point, the next start finds all
// lines, in files whose names tell their order.
result<void> AuditFile::rotate() {
    if (const auto moved = move_away(); !moved) return moved;
    const auto synced = files_->sync_directory(directory_of(path_));
    if (!synced) return synced;
    return begin_next();
}

result<void> AuditFile::reopen() {
    const auto is_there = is_in_place();
    if (!is_there) return is_there.error();
    if (*is_there) return {};
    if (const auto cut = cut_torn_part(); !cut) return cut;
    return rotate();
}

// A rotation that could not create the next file, a person, or logrotate may have moved it away.
result<bool> AuditFile::is_in_place() {
    const auto own = current_.file->info();
    if (!own) return {boost::system::in_place_error, own.error()};
    const auto there = files_->info(path_);
    if (!there && !is_not_found(there.error()))
        return {boost::system::in_place_error, there.error()};
    return there && there->is_same_file(*own);
}

result<void> AuditFile::move_away() {
    const auto synced = current_.file->sync();
    if (!synced) return synced;
    const auto is_there = is_in_place();
    if (!is_there) return is_there.error();
    if (!*is_there) return {};
    const std::string target = rotated_path(path_, current_.first_seq);
    // Another program's file is never overwritten.
    if (files_->info(target)) return make_error_code(boost::system::errc::file_exists);
    return files_->rename(path_, target);
}

result<void> AuditFile::begin_next() {
    const auto like = current_.file->info();
    if (!like) return like.error();
    // Not `create`: a first attempt may have created it and failed later.
    auto next = files_->open(path_, OpenMode::append);
    if (!next) return next.error();
    const auto info = (*next)->info();
    if (!info) return info.error();
    if (info->size_bytes != 0) return make_error_code(boost::system::errc::file_exists);
    const auto owned = (*next)->set_owner_and_mode(*like);
    if (!owned) return owned;
    const auto synced = files_->sync_directory(directory_of(path_));
    if (!synced) return synced;
    current_ = Current{std::move(*next), 0, 0};
    return {};
}

// One by one, the oldest first, so that a power cut leaves no gap.
result<void> AuditFile::remove_oldest() {
    const auto rotated = list_rotated(*files_, path_);
    if (!rotated) return rotated.error();
    for (std::size_t i = 0; i + keep_files_ < rotated->size(); ++i) {
        const auto removed = files_->remove((*rotated)[i].path);
        if (!removed) return removed;
        const auto synced = files_->sync_directory(directory_of(path_));
        if (!synced) return synced;
    }
    return {};
}

}  // namespace roster::audit
