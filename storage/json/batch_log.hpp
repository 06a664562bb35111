#pragma once

// The one log format, of the journal and of the session log: batches of lines, each with a frame
// and a checksum, appended durably or not at all. docs/STORAGE.md describes it byte by byte.
// Knows no line.

#include <roster/log.hpp>

#include "core/files/file_system.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace roster::storage {

/// CRC-32C (Castagnoli). Source: RFC 3720, appendix B.4. `so_far` is that of the bytes before.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t so_far = 0) noexcept;

/// Tells texts apart that are given part by part.
class TextDigest {
  public:
    void add(std::string_view part) noexcept {
        crc_ = crc32c(part, crc_);
        size_bytes_ += part.size();
    }
    std::uint64_t value() const noexcept { return size_bytes_ << 32 ^ crc_; }

  private:
    std::uint32_t crc_ = 0;
    std::uint64_t size_bytes_ = 0;
};

std::uint64_t digest_of_text(std::string_view text) noexcept;

/// Lines that belong together, each with its newline.
struct Batch {
    std::uint64_t number = 0;
    std::uint64_t count = 0;
    std::string lines;
};

/// The batch as it is written into a file.
std::string frame(const Batch& batch);

/// A batch that is whole: its frame, its length and its checksum agree.
struct FramedBatch {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    std::uint64_t number = 0;
    std::uint64_t count = 0;
    std::string_view lines;
};

std::optional<FramedBatch> framed_batch_at(std::string_view text, std::uint64_t offset);

/// The first whole batch at or after `offset`.
std::optional<FramedBatch> next_framed_batch(std::string_view text, std::uint64_t offset);

/// What a file consists of: whole batches, and what follows them.
struct LogScan {
    std::vector<FramedBatch> batches;
    /// Where the last whole batch ends; bytes after it are a torn tail.
    std::uint64_t good_bytes = 0;
    std::uint64_t torn_bytes = 0;
    /// Where a batch is broken although whole ones follow: damage, not a torn tail.
    std::optional<std::uint64_t> damage;
};

/// Lifetime: of the text.
LogScan scan_log(std::string_view text);

/// Throws: `StartupError` with `store_damaged`.
[[noreturn]] void throw_damaged_log(const std::string& path, std::uint64_t offset,
                                    const std::string& text);

/// A log after a start; empty if there is no file.
class LogText {
  public:
    /// Throws: `StartupError` with `store_damaged` if a broken batch is followed by whole ones, or
    /// with `store_unavailable`.
    LogText(FileSystem& files, std::string path);

    const std::string& path() const noexcept { return path_; }
    bool is_empty() const noexcept { return text_->empty(); }
    const LogScan& scan() const noexcept { return scan_; }
    [[noreturn]] void refuse(const FramedBatch& batch, const std::string& text) const {
        throw_damaged_log(path_, batch.begin, text);
    }

  private:
    std::string path_;
    // The scan refers to it.
    std::unique_ptr<std::string> text_;
    LogScan scan_;
};

/// A log that is appended to. Nothing is written after a failed sync: what is on the disk is not
/// known then.
///
/// Threads: one at a time; `is_writable`, `problem` and `size_bytes` any.
class BatchLog {
  public:
    /// `consequence`: what cannot be done while the log cannot be written, for the operator.
    BatchLog(std::shared_ptr<Log> log, std::string consequence)
        : log_(std::move(log)), consequence_(std::move(consequence)) {}

    /// Opens the file, which is made if it is missing, cuts it to `good_bytes`, and makes that and
    /// the directory durable. The file gets the owner of `like`, and mode 0600.
    /// Errors: what the system says.
    result<void> open(FileSystem& files, std::string path, std::uint64_t good_bytes,
                      const FileInfo& like);

    /// Makes a batch durable. False if it is not: with a full disk nothing of it is left, and the
    /// next one may succeed; a failed sync is final.
    bool append(const Batch& batch);

    /// Appends to another file from here on, which holds `size_bytes`.
    void continue_in(std::unique_ptr<File> file, std::uint64_t size_bytes);

    /// Ends the writing: something that the log relies on could not be made durable.
    void fail(const std::string& path, const boost::system::error_code& error);
    /// The same without a word: memory failed after a commit, and nothing may be built on the rest.
    void stop();

    bool is_writable() const noexcept { return is_writable_; }
    /// Why the last batch was not made durable, and what ends that; empty if it was.
    std::string problem() const;
    /// After a full disk: finds out whether there is space again, as the next batch would.
    void try_again();
    /// Whether the file ends with a whole batch, as far as one can know.
    bool is_whole() const noexcept { return is_writable_ && !is_torn_; }
    std::uint64_t size_bytes() const noexcept { return good_bytes_; }

  private:
    bool undo();
    bool refuse(const boost::system::error_code& error);
    void accept();
    void set_problem(std::string text);

    std::shared_ptr<Log> log_;
    std::string consequence_;
    std::unique_ptr<File> file_;
    std::string path_;
    std::atomic<std::uint64_t> good_bytes_ = 0;
    std::atomic<bool> is_writable_ = true;
    bool is_torn_ = false;
    std::atomic<bool> is_refusing_ = false;
    mutable std::mutex problem_mutex_;
    std::string problem_;
};

}  // namespace roster::storage
