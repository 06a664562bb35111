#pragma once

// A file that batches are added to, each of them durably or not at all.
// Knows no batch: they are bytes.

#include "core/files/file_system.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace roster::storage {

/// Threads: one at a time.
class DurableLog {
  public:
    enum class Outcome {
        done,
        /// Nothing of it is left; the next time it may succeed.
        undone,
        /// A sync failed: what is on the disk is not known any more, nor ever again.
        failed,
    };

    DurableLog() = default;

    /// A file of which `good_bytes` are there and durable.
    DurableLog(std::unique_ptr<File> file, std::uint64_t good_bytes)
        : file_(std::move(file)), good_bytes_(good_bytes) {}

    /// Opens a file, which is made where it is missing, cuts it to `good_bytes`, and makes that
    /// durable; the directory is the caller's matter. Errors: what the system says.
    static result<DurableLog> open(FileSystem& files, const std::string& path,
                                   std::uint64_t good_bytes, const FileInfo& owner_and_mode);

    /// Adds a batch, and makes it durable. Puts the reason into `error` where it does not.
    Outcome append(std::string_view batch, boost::system::error_code& error);

    /// Whether nothing stands behind the last whole batch, as far as one can know.
    bool is_whole() const noexcept { return !failed_ && !is_torn_; }

    std::uint64_t size_bytes() const noexcept { return good_bytes_; }

  private:
    Outcome undo(boost::system::error_code& error);

    std::unique_ptr<File> file_;
    std::uint64_t good_bytes_ = 0;
    bool failed_ = false;
    bool is_torn_ = false;
};

}  // namespace roster::storage
