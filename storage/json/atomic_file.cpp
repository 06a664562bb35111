#include "storage/json/atomic_file.hpp"

#include "core/files/random_name.hpp"

#include <memory>
#include <utility>

namespace roster::storage {
namespace {

constexpr std::string_view kTemporary = ".tmp-";
// Gathers small parts into writes of a sensible size.
class BufferedFile {
  public:
    explicit BufferedFile(File& file) : file_(file) {}

    result<void> append(std::string_view text) {
        constexpr std::size_t kWriteBytes = 256 * 1024;
        buffer_ += text;
        return buffer_.size() < kWriteBytes ? result<void>() : flush();
    }

    result<void> flush() {
        auto written = append_all(file_, buffer_);
        buffer_.clear();
        return written;
    }

  private:
    File& file_;
    std::string buffer_;
};

}  // namespace

bool is_temporary_book(std::string_view book, std::string_view name) {
    if (!name.starts_with(book)) return false;
    name.remove_prefix(book.size());
    if (!name.starts_with(kTemporary)) return false;
    return is_random_name(name.substr(kTemporary.size()));
}

AtomicFile::AtomicFile(FileSystem& files, std::string path)
    : files_(files), path_(std::move(path)) {}

bool AtomicFile::is_edited(const std::optional<FileInfo>& known) {
    const auto info = files_.info(path_);
    if (!info) return !is_not_found(info.error());
    return !known || !info->is_unchanged(*known);
}

Replacement AtomicFile::replace(const std::optional<FileInfo>& known,
                                const std::function<result<void>(const TextSink&)>& write) {
    if (is_edited(known)) return {Replaced::edited, {}, {}};
    const std::string temporary = path_ + std::string(kTemporary) + random_name();
    auto file = files_.open(temporary, OpenMode::create);
    if (!file) return {Replaced::no, file.error(), {}};
    Replacement filled = fill(**file, write);
    file->reset();
    Replacement placed = filled;
    if (filled.outcome == Replaced::yes) placed = put_in_place(temporary, known);
    if (placed.outcome != Replaced::yes) {
        (void)files_.remove(temporary);
        return placed;
    }
    const auto synced = files_.sync_directory(directory_of(path_));
    if (!synced) return {Replaced::uncertain, synced.error(), {}};
    return filled;
}

Replacement AtomicFile::put_in_place(const std::string& temporary,
                                     const std::optional<FileInfo>& known) {
    if (is_edited(known)) return {Replaced::edited, {}, {}};
    if (known) {
        const Replacement swapped = swap_with_book(temporary, *known);
        if (swapped.error != boost::system::errc::operation_not_supported &&
            !is_not_found(swapped.error))
            return swapped;
    }
    const auto renamed = files_.rename(temporary, path_);
    if (!renamed) return {Replaced::no, renamed.error(), {}};
    return {Replaced::yes, {}, {}};
}

// Between a look at the book and a rename somebody may save another one; after an exchange one
// can still look at what was there, and put it back.
Replacement AtomicFile::swap_with_book(const std::string& temporary, const FileInfo& known) {
    const auto exchanged = files_.exchange(temporary, path_);
    if (!exchanged) return {Replaced::no, exchanged.error(), {}};
    const auto old = files_.info(temporary);
    if (!old || old->is_unchanged(known)) {
        (void)files_.remove(temporary);
        return {Replaced::yes, {}, {}};
    }
    const auto back = files_.exchange(temporary, path_);
    if (back) return {Replaced::edited, {}, {}};
    (void)files_.rename(temporary, path_ + ".edited-" + random_name());
    return {Replaced::uncertain, back.error(), {}};
}

Replacement AtomicFile::fill(File& file,
                             const std::function<result<void>(const TextSink&)>& write) {
    BufferedFile buffered(file);
    const auto written = write([&](std::string_view text) { return buffered.append(text); });
    if (!written) return {Replaced::no, written.error(), {}};
    const auto flushed = buffered.flush();
    if (!flushed) return {Replaced::no, flushed.error(), {}};
    const auto old = files_.info(path_);
    if (!old && !is_not_found(old.error())) return {Replaced::no, old.error(), {}};
    if (old) {
        const auto taken = file.set_owner_and_mode(*old);
        if (!taken) return {Replaced::no, taken.error(), {}};
    }
    const auto synced = file.sync();
    if (!synced) return {Replaced::uncertain, synced.error(), {}};
    const auto info = file.info();
    if (!info) return {Replaced::no, info.error(), {}};
    return {Replaced::yes, {}, *info};
}

void AtomicFile::remove_stale_temporaries() {
    const std::string directory = directory_of(path_);
    const std::string book = name_of(path_);
    const auto names = files_.list(directory);
    if (!names) return;
    for (const std::string& name : *names)
        if (is_temporary_book(book, name)) (void)files_.remove(directory + "/" + name);
}

}  // namespace roster::storage
