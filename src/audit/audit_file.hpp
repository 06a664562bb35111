#pragma once

// Where the lines of an audit log go: a file with rotation, or an open descriptor.
// Knows no event: lines are bytes with a number.

#include <roster/audit.hpp>

#include "audit/audit_format.hpp"
#include "core/files/file_system.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace roster::audit {

/// Threads: one at a time.
class AuditSink {
  public:
    virtual ~AuditSink() = default;

    /// Takes whole lines, all of them or none; the first one has the number `first_seq`.
    virtual result<void> append(std::string_view lines, std::uint64_t first_seq) = 0;

    /// Makes durable what was appended, as far as that is possible.
    virtual result<void> sync() = 0;

    /// Continues in a new file, if somebody moved the present one away.
    virtual result<void> reopen() { return {}; }
};

/// Logs an operation that may fail many times in a row: once when it begins to fail, and once when
/// it succeeds again.
class FailureLogger {
  public:
    /// `log` may be empty.
    FailureLogger(std::shared_ptr<Log> log, std::string failing, std::string recovered);

    void update(const result<void>& outcome);

  private:
    std::shared_ptr<Log> log_;
    std::string failing_;
    std::string recovered_;
    bool is_failing_ = false;
};

/// A file that was rotated away: FILE.000000000001 begins with line number 1. It keeps its name, so
/// a rotation is one rename, and names in order are lines in order.
struct RotatedFile {
    std::uint64_t first_seq = 0;
    std::string path;
};

std::string rotated_path(const std::string& path, std::uint64_t first_seq);

/// Whether both are missing, or one file.
bool is_same(const result<FileInfo>& one, const result<FileInfo>& other);

/// Whether two paths are one name in one directory, however they are written.
bool is_same_place(FileSystem& files, const std::string& one, const std::string& other);

/// Oldest first. Of a path that is a symbolic link, both those beside the file, and those beside
/// the link: the file may have been moved before, and the link put in its place.
result<std::vector<RotatedFile>> list_rotated(FileSystem& files, const std::string& path);

/// A file to which lines are appended. It is rotated when it is large.
class AuditFile final : public AuditSink {
  public:
    /// An open file. `first_seq` is 0 if it is empty.
    struct Current {
        std::unique_ptr<File> file;
        std::uint64_t size_bytes = 0;
        std::uint64_t first_seq = 0;
    };

    /// `path` has no symbolic links. `lock` is held until the end.
    AuditFile(std::shared_ptr<FileSystem> files, std::string path, std::unique_ptr<FileLock> lock,
              Current current, const AuditOptions& options);

    /// Errors: the system's. What was written in part is cut off again, at the latest before the
    /// next append. A rotation that fails is logged, and the file grows.
    result<void> append(std::string_view lines, std::uint64_t first_seq) override;

    result<void> sync() override { return current_.file->sync(); }

    /// Errors: the system's; `file_exists` if there is another file in its place, which is not
    /// empty. Then the present one stays in use.
    result<void> reopen() override;

  private:
    result<bool> is_in_place();
    result<void> cut_torn_part();
    result<void> rotate();
    result<void> move_away();
    result<void> begin_next();
    result<void> remove_oldest();

    std::shared_ptr<FileSystem> files_;
    std::string path_;
    std::unique_ptr<FileLock> lock_;
    std::size_t rotate_bytes_;
    std::size_t keep_files_;
    Current current_;
    // There are bytes after the last whole line.
    bool is_torn_ = false;
    FailureLogger rotation_;
    FailureLogger removal_;
};

struct OpenedAuditFile {
    std::unique_ptr<AuditFile> file;
    AuditChain chain;
    /// What a power cut left of a line, and was cut off.
    std::uint64_t torn_bytes = 0;
};

/// Opens or creates the file, and finds the end of its chain.
/// Throws: as `open_audit_log`.
OpenedAuditFile open_audit_file(const std::shared_ptr<FileSystem>& files, const std::string& path,
                                const AuditOptions& options);

/// An open descriptor (standard output). The descriptor stays the caller's. An append fails if the
/// reader does not take what was appended before within `patience`.
std::unique_ptr<AuditSink> make_audit_output(
    int descriptor, std::chrono::milliseconds patience = std::chrono::seconds(1));

}  // namespace roster::audit
