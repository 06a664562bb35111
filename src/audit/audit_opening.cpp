#include "audit/audit_opening.hpp"

#include "audit/audit_tail.hpp"
#include "audit/rotated_file.hpp"
#include "core/files/temporary_lock.hpp"

#include <optional>
#include <utility>
#include <vector>

namespace roster::audit {
namespace {

constexpr std::uint32_t kPrivate = 0600;

[[noreturn]] void cannot(const std::string& path, const std::string& what,
                         const boost::system::error_code& error) {
    throw StartupError(Errc::store_unavailable,
                       path + ": cannot be " + what + ": " + error.message());
}

template <class T>
T must(result<T> outcome, const std::string& path, const std::string& what) {
    if (!outcome) cannot(path, what, outcome.error());
    if constexpr (!std::is_void_v<T>) return std::move(*outcome);
}

// A person's choice may be a link. Beside a store it is one only if somebody else wants to lead the
// log to another place, where the file would then be given to the store's owner.
std::string real_path_of(FileSystem& files, const std::string& path, const AuditOptions& options) {
    if (path == options.owner_of + ".audit") return path;
    return must(files.resolve(path), path, "opened");
}

// Where the file does not exist yet: what it should be like.
std::optional<FileInfo> owner_for(FileSystem& files, const std::string& path,
                                  const AuditOptions& options) {
    const auto there = files.info(path);
    if (there && !there->is_regular)
        throw StartupError(Errc::store_unavailable, path + ": is not a regular file");
    if (there || options.owner_of.empty()) return std::nullopt;
    auto owner = files.info(options.owner_of);
    if (!owner) return std::nullopt;
    owner->mode = kPrivate;
    return *owner;
}

// The end of one file, cut to whole lines.
AuditTail mend(File& file, const std::string& path) {
    AuditTail tail = read_audit_tail(file, path);
    if (tail.torn_bytes > 0) must(file.truncate(tail.good_bytes), path, "cut");
    // What is continued must be there after a power cut, too.
    must(file.sync(), path, "synced");
    return tail;
}

// The last line of what was put aside, for a file that has none of its own.
std::optional<AuditTail> mend_aside(FileSystem& files, const std::string& path) {
    const auto aside = must(list_aside(files, path), directory_of(path), "listed");
    for (auto file = aside.rbegin(); file != aside.rend(); ++file) {
        const auto open = must(files.open(file->path, OpenMode::append), file->path, "opened");
        AuditTail tail = mend(*open, file->path);
        if (tail.last) return tail;
    }
    return std::nullopt;
}

}  // namespace

OpenedAuditFile open_audit_file(const std::shared_ptr<FileSystem>& files, const std::string& path,
                                const AuditOptions& options) {
    const std::string real = real_path_of(*files, path, options);
    const auto owner = owner_for(*files, real, options);
    auto lock = lock_for_writing(*files, real);
    auto file = must(files->open(real, OpenMode::append), real, "opened");
    if (owner) {
        must(file->set_owner_and_mode(*owner), real, "given to the store's owner");
        const auto lock_file = files->open(real + ".lock", OpenMode::append);
        if (lock_file) (void)(*lock_file)->set_owner_and_mode(*owner);
    }

    OpenedAuditFile opened;
    AuditTail tail = mend(*file, real);
    opened.torn_bytes = tail.torn_bytes;
    const std::uint64_t first_seq = tail.last ? first_seq_of(*file, real) : 0;
    const std::uint64_t size_bytes = tail.good_bytes;
    if (!tail.last) {
        if (auto aside = mend_aside(*files, real)) {
            opened.torn_bytes += aside->torn_bytes;
            tail.last = std::move(aside->last);
        }
    }
    if (tail.last) opened.chain = AuditChain(tail.last->seq, tail.last->digest);
    must(files->sync_directory(directory_of(real)), directory_of(real), "synced");
    opened.file = std::make_unique<AuditFile>(files, real, std::move(lock), options);
    opened.file->begin(std::move(file), size_bytes, first_seq);
    return opened;
}

}  // namespace roster::audit
