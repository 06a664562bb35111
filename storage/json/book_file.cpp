#include "storage/json/book_file.hpp"

#include "storage/random_name.hpp"

#include <memory>
#include <utility>

namespace roster::storage {
namespace {

constexpr std::string_view kTemporary = ".tmp-";
bool is_temporary_of(std::string_view book, std::string_view name) {
    if (!name.starts_with(book)) return false;
    name.remove_prefix(book.size());
    if (!name.starts_with(kTemporary)) return false;
    return is_random_name(name.substr(kTemporary.size()));
}

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

BookFile::BookFile(FileSystem& files, std::string path) : files_(files), path_(std::move(path)) {}

Replacement BookFile::replace(const std::function<result<void>(const TextSink&)>& write) {
    const std::string temporary = path_ + std::string(kTemporary) + random_name();
    auto file = files_.open(temporary, OpenMode::create);
    if (!file) return {Replaced::no, file.error()};
    Replacement filled = fill(**file, write);
    file->reset();
    if (filled.outcome == Replaced::yes) {
        const auto renamed = files_.rename(temporary, path_);
        if (!renamed) filled = {Replaced::no, renamed.error()};
    }
    if (filled.outcome != Replaced::yes) {
        (void)files_.remove(temporary);
        return filled;
    }
    const auto synced = files_.sync_directory(directory_of(path_));
    if (!synced) return {Replaced::uncertain, synced.error()};
    return filled;
}

Replacement BookFile::fill(File& file, const std::function<result<void>(const TextSink&)>& write) {
    BufferedFile buffered(file);
    const auto written = write([&](std::string_view text) { return buffered.append(text); });
    if (!written) return {Replaced::no, written.error()};
    const auto flushed = buffered.flush();
    if (!flushed) return {Replaced::no, flushed.error()};
    const auto old = files_.info(path_);
    if (!old && !is_not_found(old.error())) return {Replaced::no, old.error()};
    if (old) {
        const auto taken = file.set_owner_and_mode(*old);
        if (!taken) return {Replaced::no, taken.error()};
    }
    const auto synced = file.sync();
    if (!synced) return {Replaced::uncertain, synced.error()};
    return {Replaced::yes, {}};
}

void BookFile::remove_stale_temporaries() {
    const std::string directory = directory_of(path_);
    const std::string book = name_of(path_);
    const auto names = files_.list(directory);
    if (!names) return;
    for (const std::string& name : *names)
        if (is_temporary_of(book, name)) (void)files_.remove(directory + "/" + name);
}

}  // namespace roster::storage
