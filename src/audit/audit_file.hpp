#pragma once

// The file of an audit log: lines are added at its end; when it is large it is put aside and a new
// one begins.
// Knows no event: lines are bytes.

#include <roster/audit.hpp>

#include "audit/audit_sink.hpp"
#include "audit/failure_logger.hpp"
#include "core/files/file_system.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace roster::audit {

class AuditFile final : public AuditSink {
  public:
    /// `file` is open for appending, holds `size_bytes`, and begins with the line `first_seq`
    /// (nothing of both where it is empty). `path` is the real one. `lock` is held as long as this.
    AuditFile(std::shared_ptr<FileSystem> files, std::string path, std::unique_ptr<FileLock> lock,
              const AuditOptions& options);

    /// Requires: before anything else.
    void begin(std::unique_ptr<File> file, std::uint64_t size_bytes, std::uint64_t first_seq);

    /// Errors: what the system says. What was written in part is cut off again, at the latest
    /// before the next append. That the file cannot be put aside is said, and stops nothing.
    result<void> append(std::string_view lines, std::uint64_t first_seq) override;

    result<void> sync() override { return file_->sync(); }

  private:
    result<void> cut_torn_part();
    void put_aside_if_large(std::size_t more_bytes);
    result<void> put_aside();
    result<void> move_away();
    result<void> begin_next();
    result<void> remove_oldest();

    std::shared_ptr<FileSystem> files_;
    std::string path_;
    std::unique_ptr<FileLock> lock_;
    std::size_t rotate_bytes_;
    std::size_t keep_files_;
    std::unique_ptr<File> file_;
    std::uint64_t size_bytes_ = 0;
    std::uint64_t first_seq_ = 0;
    // Something stands behind the last whole line.
    bool is_torn_ = false;
    // The open file has its new name, but the next one could not be made yet.
    bool is_aside_ = false;
    FailureLogger putting_aside_;
    FailureLogger removing_;
};

}  // namespace roster::audit
