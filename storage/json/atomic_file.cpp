#include "storage/json/atomic_file.hpp"

#include "core/files/file_attributes.hpp"
#include "core/files/file_system.hpp"

#include <utility>

namespace roster::storage {
namespace {

constexpr std::string_view kTemporary = ".tmp-";

// Writes the contents and makes them durable.
Replacement fill(TemporaryFile& temporary, const std::optional<FileInfo>& like,
                 const std::string& attributes_of, const WriteFile& write) {
    const auto written = write(temporary);
    if (!written) return {Replaced::no, written.error(), {}};
    const auto flushed = temporary.flush();
    if (!flushed) return {Replaced::no, flushed.error(), {}};
    if (like) {
        const auto taken = temporary.file().set_owner_and_mode(*like, attributes_of);
        if (!taken) return {Replaced::no, taken.error(), {}};
    }
    const auto synced = temporary.sync();
    if (!synced) return {Replaced::uncertain, synced.error(), {}};
    const auto info = temporary.file().info();
    if (!info) return {Replaced::no, info.error(), {}};
    return {Replaced::yes, {}, *info};
}

}  // namespace

result<TemporaryFile> TemporaryFile::create(FileSystem& files, const std::string& path) {
    std::string name = path + std::string(kTemporary) + random_name();
    auto file = files.open(name, OpenMode::create);
    if (!file) return file.error();
    return TemporaryFile(files, path, std::move(name), std::move(*file));
}

TemporaryFile::TemporaryFile(FileSystem& files, std::string path, std::string name,
                             std::unique_ptr<File> file)
    : files_(&files), path_(std::move(path)), name_(std::move(name)), file_(std::move(file)) {}

TemporaryFile::TemporaryFile(TemporaryFile&& other) noexcept
    : files_(other.files_),
      path_(std::move(other.path_)),
      name_(std::move(other.name_)),
      file_(std::move(other.file_)),
      buffer_(std::move(other.buffer_)),
      is_released_(std::exchange(other.is_released_, true)) {}

TemporaryFile::~TemporaryFile() {
    if (!is_released_) (void)files_->remove(name_);
}

result<void> TemporaryFile::append(std::string_view text) {
    constexpr std::size_t kWriteBytes = 256 * 1024;
    buffer_ += text;
    return buffer_.size() < kWriteBytes ? result<void>() : flush();
}

result<void> TemporaryFile::flush() {
    auto written = append_all(*file_, buffer_);
    buffer_.clear();
    return written;
}

result<void> TemporaryFile::put_in_place() {
    auto renamed = files_->rename(name_, path_);
    if (renamed) release();
    return renamed;
}

bool is_temporary_file(std::string_view target, std::string_view name) {
    if (!name.starts_with(target)) return false;
    name.remove_prefix(target.size());
    if (!name.starts_with(kTemporary)) return false;
    return is_random_name(name.substr(kTemporary.size()));
}

void remove_stale_temporaries(FileSystem& files, const std::string& path) {
    const std::string directory = directory_of(path);
    const std::string target = name_of(path);
    const auto names = files.list(directory);
    if (!names) return;
    for (const std::string& name : *names)
        if (is_temporary_file(target, name)) (void)files.remove(directory + "/" + name);
}

Replacement replace_file(FileSystem& files, const std::string& path, const FileInfo& like,
                         const WriteFile& write) {
    auto temporary = TemporaryFile::create(files, path);
    if (!temporary) return {Replaced::no, temporary.error(), {}};
    const Replacement filled = fill(*temporary, like, "", write);
    if (filled.outcome != Replaced::yes) return filled;
    const auto renamed = temporary->put_in_place();
    if (!renamed) return {Replaced::no, renamed.error(), {}};
    const auto synced = files.sync_directory(directory_of(path));
    if (!synced) return {Replaced::uncertain, synced.error(), {}};
    return filled;
}

AtomicFile::AtomicFile(FileSystem& files, std::string path)
    : files_(files), path_(std::move(path)) {}

bool AtomicFile::is_edited(const std::optional<FileInfo>& known) {
    const auto info = files_.info(path_);
    if (!info) return !is_not_found(info.error());
    return !known || !info->is_unchanged(*known);
}

Replacement AtomicFile::replace(const std::optional<FileInfo>& known, const WriteFile& write) {
    if (is_edited(known)) return {Replaced::edited, {}, {}};
    auto temporary = TemporaryFile::create(files_, path_);
    if (!temporary) return {Replaced::no, temporary.error(), {}};
    const auto old = files_.info(path_);
    if (!old && !is_not_found(old.error())) return {Replaced::no, old.error(), {}};
    const auto like = old ? std::optional(*old) : owner_of_new_file(files_, path_);
    Replacement filled = fill(*temporary, like, old ? path_ : "", write);
    if (filled.outcome != Replaced::yes) return filled;
    const Replacement placed = put_in_place(*temporary, known);
    if (placed.error == boost::system::errc::device_or_resource_busy)
        return write_in_place(*temporary, known);
    if (placed.outcome != Replaced::yes) return placed;
    const auto synced = files_.sync_directory(directory_of(path_));
    if (!synced) return {Replaced::uncertain, synced.error(), {}};
    if (placed.info.is_same_or_renamed(filled.info)) filled.info = placed.info;
    return filled;
}

// What is mounted by itself cannot be renamed over. A kill may leave a part of the text.
Replacement AtomicFile::write_in_place(TemporaryFile& temporary,
                                       const std::optional<FileInfo>& known) {
    const auto text = read_all(temporary.file());
    if (!text) return {Replaced::no, text.error(), {}};
    if (is_edited(known)) return {Replaced::edited, {}, {}};
    const auto file = files_.open(path_, OpenMode::append);
    if (!file) return {Replaced::no, file.error(), {}};
    auto written = (*file)->truncate(0);
    if (written) written = append_all(**file, *text);
    const auto synced = written ? (*file)->sync() : result<void>();
    const auto info = (*file)->info();
    if (!info) return {Replaced::uncertain, info.error(), {}};
    // Even if it is cut: it is this program's, to be written again.
    if (!written) return {Replaced::no, written.error(), *info};
    if (!synced) return {Replaced::uncertain, synced.error(), *info};
    return {Replaced::yes, {}, *info};
}

Replacement AtomicFile::put_in_place(TemporaryFile& temporary,
                                     const std::optional<FileInfo>& known) {
    if (is_edited(known)) return {Replaced::edited, {}, {}};
    if (known) {
        const Replacement exchanged = exchange(temporary, *known);
        if (exchanged.error != boost::system::errc::operation_not_supported &&
            !is_not_found(exchanged.error))
            return exchanged;
    }
    const auto renamed = temporary.put_in_place();
    if (!renamed) return {Replaced::no, renamed.error(), {}};
    return confirm_placed();
}

// A new name is a change of the file. Looked at at once, before a person edits it.
Replacement AtomicFile::confirm_placed() {
    const auto info = files_.info(path_);
    return {Replaced::yes, {}, info ? *info : FileInfo()};
}

// Between a look at the file and a rename a person may save another one. After an exchange what was
// there can still be looked at, and put back.
Replacement AtomicFile::exchange(TemporaryFile& temporary, const FileInfo& known) {
    const auto exchanged = files_.exchange(temporary.name(), path_);
    if (!exchanged) return {Replaced::no, exchanged.error(), {}};
    const Replacement done = confirm_placed();
    const auto old = files_.info(temporary.name());
    if (!old || old->is_same_or_renamed(known)) return done;
    const auto back = files_.exchange(temporary.name(), path_);
    if (back) return {Replaced::edited, {}, {}};
    (void)files_.rename(temporary.name(), path_ + ".edited-" + random_name());
    temporary.release();
    return {Replaced::uncertain, back.error(), {}};
}

}  // namespace roster::storage
