#pragma once

// One end of a transfer: a store of any kind that is read or written as a whole.

#include <roster/store_types.hpp>

#include "core/files/file_system.hpp"
#include "core/files/temporary_lock.hpp"
#include "storage/core/bulk.hpp"
#include "storage/core/store_files.hpp"
#include "storage/drivers.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace roster::storage {

/// Throws, every call: `StartupError`.
class TransferEndpoint {
  public:
    /// Changes and locks nothing.
    TransferEndpoint(std::shared_ptr<FileSystem> files, const Driver& driver,
                     const std::string& path);

    static TransferEndpoint at_url(std::shared_ptr<FileSystem> files, const std::string& url);

    const Driver& driver() const noexcept { return *driver_; }
    const StoreFiles& store() const noexcept { return store_; }
    /// Of a store without files: what follows its scheme.
    const std::string& path() const noexcept { return path_; }
    std::string url() const { return driver_->url(path()); }
    const std::shared_ptr<FileSystem>& files() const noexcept { return files_; }

    bool exists() const { return !driver_->has_files() || store_exists(*files_, store_); }
    /// Whether a path is one of this store's files, or its main file under another name.
    bool owns(const std::string& real_path) const;

    /// Until this object is destroyed. Finishes a replacement that was killed. Nothing for a store
    /// without files: a database has transactions.
    void lock();

    /// Requires: it is locked. nullptr if the store does not exist.
    std::unique_ptr<StoreReader> read(const OpenOptions& options,
                                      const std::string& scratch) const {
        return driver_->read(path(), scratch, options, files_);
    }

    /// Of the main file at `path` and its companions.
    std::uint64_t size_bytes(const std::string& path) const;

  private:
    std::shared_ptr<FileSystem> files_;
    const Driver* driver_;
    // Empty for a store without files.
    StoreFiles store_;
    std::string path_;
    std::unique_ptr<TemporaryLock> lock_;
};

}  // namespace roster::storage
