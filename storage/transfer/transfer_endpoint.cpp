#include "storage/transfer/transfer_endpoint.hpp"

#include <algorithm>
#include <utility>

namespace roster::storage {

TransferEndpoint::TransferEndpoint(std::shared_ptr<FileSystem> files, const Driver& driver,
                                   const std::string& path)
    : files_(std::move(files)),
      driver_(&driver),
      store_(driver.has_files() ? driver.files_of(real_path_of(*files_, path)) : StoreFiles()),
      path_(driver.has_files() ? store_.main : path) {}

TransferEndpoint TransferEndpoint::at_url(std::shared_ptr<FileSystem> files,
                                          const std::string& url) {
    const StoreUrl store = parse_store_url(url);
    if (store.driver->read == nullptr)
        throw StartupError(Errc::invalid_request, url + " has no file; name a store that has one");
    return TransferEndpoint(std::move(files), *store.driver, store.path);
}

bool TransferEndpoint::owns(const std::string& real_path) const {
    if (!driver_->has_files()) return path_ == real_path;
    const auto mine = files_->info(path());
    const auto other = files_->info(real_path);
    if (mine && other && mine->device == other->device && mine->inode == other->inode) return true;
    const auto paths = store_.paths();
    return std::find(paths.begin(), paths.end(), real_path) != paths.end();
}

void TransferEndpoint::lock() {
    if (!driver_->has_files()) return;
    const auto info = files_->info(path());
    if (info && !info->is_regular)
        throw StartupError(Errc::store_unavailable, path() + ": is not a regular file");
    lock_ = std::make_unique<TemporaryLock>(files_, path());
    finish_replacement(*files_, store_);
}

std::uint64_t TransferEndpoint::size_bytes(const std::string& path) const {
    std::uint64_t bytes = 0;
    if (!driver_->has_files()) return bytes;
    if (const auto info = files_->info(path)) bytes += info->size_bytes;
    for (const std::string& ending : store_.companions)
        if (const auto info = files_->info(path + ending)) bytes += info->size_bytes;
    return bytes;
}

}  // namespace roster::storage
