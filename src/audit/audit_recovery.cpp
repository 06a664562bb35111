// Opens an audit log's file, as the last process or a power cut left it:
//
// 1. Resolve the path, take the lock, open or create the file (owned by the store's owner).
// 2. Find the last whole line, and cut off what follows: the rest of a line that was being written.
// 3. If there is no whole line, continue the chain of the newest rotated file that has one.
//
// A file that was not written by an audit log is refused and not changed.

#include "audit/audit_file.hpp"

#include "core/diagnostic.hpp"
#include "core/files/file_attributes.hpp"
#include "core/files/temporary_lock.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

namespace roster::audit {
namespace {

// More than is ever appended between two syncs on a quiet machine, and many lines.
constexpr std::size_t kWindowBytes = std::size_t{512} * 1024;

[[noreturn]] void refuse(const std::string& path, std::uint64_t offset) {
    Location location;
    location.file = path;
    location.offset = offset;
    const Diagnostic found(
        "not a line of an audit log, so it cannot be continued. Nothing was changed; move the file "
        "away, or choose another one with --audit.",
        std::move(location));
    throw StartupError(Errc::store_damaged, to_string(found));
}

std::string read_part(File& file, const std::string& path, std::uint64_t from,
                      std::uint64_t size_bytes) {
    std::string text(static_cast<std::size_t>(size_bytes), '\0');
    std::size_t size = 0;
    while (size < text.size()) {
        const auto got = must(file.read_at(from + size, std::span(text).subspan(size)), path,  //
                              "read");
        if (got == 0) break;
        size += got;
    }
    text.resize(size);
    return text;
}

// A file without a whole line is not necessarily a torn log: a person may have named another file.
bool could_be_torn_line(std::string_view text) {
    constexpr std::string_view kBegin = "{\"time\":\"";
    const auto is_possible = [](char c) {
        return c == '\0' || c == '\n' || static_cast<unsigned char>(c) >= ' ';
    };
    const std::string_view begin = text.substr(0, text.find('\0')).substr(0, kBegin.size());
    return kBegin.starts_with(begin) && std::all_of(text.begin(), text.end(), is_possible);
}

// Where the last whole line begins, and the line. After a power cut there may be NULs in place of
// data that had not reached the disk: such a line is torn although it has a newline.
std::optional<std::pair<std::size_t, std::string_view>> last_line_of(std::string_view window) {
    auto end = window.rfind('\n');
    while (end != std::string_view::npos) {
        const auto before = end == 0 ? std::string_view::npos : window.rfind('\n', end - 1);
        const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
        const std::string_view line = window.substr(begin, end - begin);
        if (line.find('\0') == std::string_view::npos) return std::pair(begin, line);
        end = before;
    }
    return std::nullopt;
}

struct Tail {
    std::uint64_t good_bytes = 0;
    std::uint64_t torn_bytes = 0;
    /// Up to the last whole line; `nullopt` if there are no whole lines.
    std::optional<AuditChain> chain;
};

Tail read_tail(File& file, const std::string& path) {
    const std::uint64_t size = must(file.info(), path, "read").size_bytes;
    const std::uint64_t window_begin = size - std::min<std::uint64_t>(size, kWindowBytes);
    const std::string window = read_part(file, path, window_begin, size - window_begin);
    const auto last = last_line_of(window);
    Tail tail;
    tail.torn_bytes = size;
    if (!last) {
        if (window_begin > 0 || !could_be_torn_line(window)) refuse(path, window_begin);
        return tail;
    }
    const auto& [begin, line] = *last;
    const auto parsed = parse_audit_line(line);
    if (!parsed) refuse(path, window_begin + begin);
    tail.chain = AuditChain(parsed->seq, digest_of_line(line));
    tail.good_bytes = window_begin + begin + line.size() + 1;
    tail.torn_bytes = size - tail.good_bytes;
    return tail;
}

Tail read_and_cut_tail(File& file, const std::string& path) {
    Tail tail = read_tail(file, path);
    if (tail.torn_bytes > 0) must(file.truncate(tail.good_bytes), path, "cut");
    // What is continued must survive a power cut, too.
    must(file.sync(), path, "synced");
    return tail;
}

// The newest rotated file that has a whole line.
std::optional<Tail> last_rotated_tail(FileSystem& files, const std::string& path) {
    const auto rotated = must(list_rotated(files, path), directory_of(path), "listed");
    for (auto name = rotated.rbegin(); name != rotated.rend(); ++name) {
        const auto file = must(files.open(name->path, OpenMode::append), name->path, "opened");
        Tail tail = read_and_cut_tail(*file, name->path);
        if (tail.chain) return tail;
    }
    return std::nullopt;
}

std::uint64_t first_seq_of(File& file, const std::string& path) {
    const std::string begin = read_part(file, path, 0, kMaxAuditLineBytes + 1);
    const auto parsed = parse_audit_line(std::string_view(begin).substr(0, begin.find('\n')));
    if (!parsed) refuse(path, 0);
    return parsed->seq;
}

// A file that a person chose may be a link. The default one is not followed: a user who can write
// in the store's directory could lead the log elsewhere, to a file that would then change its
// owner.
std::string real_path_of(FileSystem& files, const std::string& path, const AuditOptions& options) {
    const std::string own = options.owner_of + ".audit";
    if (is_same_place(files, path, own)) return own;
    return must(files.resolve(path), path, "opened");
}

std::unique_ptr<File> open_or_create(FileSystem& files, const std::string& path,
                                     const std::string& owner_of) {
    const bool exists = files.info(path).has_value();
    auto file = must(files.open(path, OpenMode::append), path, "opened");
    if (exists || owner_of.empty()) return file;
    const auto info = files.info(owner_of);
    // A copy opens the log before the store is there.
    auto owner = info ? std::optional(*info) : owner_of_new_file(files, owner_of);
    if (!owner) return file;
    must(file->set_owner_and_mode(owner->as_private()), path, "given to the store's owner");
    give_lock_to_owner(files, path, *owner);
    return file;
}

}  // namespace

OpenedAuditFile open_audit_file(const std::shared_ptr<FileSystem>& files, const std::string& path,
                                const AuditOptions& options) {
    const std::string real = real_path_of(*files, path, options);
    const auto info = files->info(real);
    if (info && !info->is_regular)
        throw StartupError(Errc::store_unavailable, real + ": is not a regular file");
    auto lock = lock_for_writing(*files, real);
    AuditFile::Current current;
    current.file = open_or_create(*files, real, options.owner_of);

    OpenedAuditFile opened;
    Tail tail = read_and_cut_tail(*current.file, real);
    current.size_bytes = tail.good_bytes;
    opened.torn_bytes = tail.torn_bytes;
    if (tail.chain) {
        current.first_seq = first_seq_of(*current.file, real);
    } else if (auto rotated = last_rotated_tail(*files, path)) {
        tail.chain = std::move(rotated->chain);
        opened.torn_bytes += rotated->torn_bytes;
    }
    if (tail.chain) opened.chain = std::move(*tail.chain);
    must(files->sync_directory(directory_of(real)), directory_of(real), "synced");
    opened.file =
        std::make_unique<AuditFile>(files, real, std::move(lock), std::move(current), options);
    return opened;
}

}  // namespace roster::audit
