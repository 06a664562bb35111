#include "storage/transfer/transfer_endpoint.hpp"

#include "storage/json/json_reader.hpp"
#include "storage/json/loaded_users.hpp"
#include "storage/sqlite_store.hpp"

#include <utility>

namespace roster::storage {
namespace {

std::string real_path(FileSystem& files, const std::string& path) {
    auto real = files.resolve(path);
    if (!real)
        throw StartupError(Errc::store_unavailable,
                           path + ": cannot be opened: " + real.error().message());
    return std::move(*real);
}

StoreFiles files_of(StoreUrl::Kind kind, std::string path) {
    return kind == StoreUrl::Kind::sqlite ? database_store_files(std::move(path))
                                          : json_store_files(std::move(path));
}

}  // namespace

TransferEndpoint::TransferEndpoint(std::shared_ptr<FileSystem> files, StoreUrl::Kind kind,
                                   const std::string& path)
    : files_(std::move(files)), kind_(kind), store_(files_of(kind, real_path(*files_, path))) {}

TransferEndpoint TransferEndpoint::at_url(std::shared_ptr<FileSystem> files,
                                          const std::string& url) {
    const StoreUrl store = parse_store_url(url);
    if (store.kind == StoreUrl::Kind::memory)
        throw StartupError(Errc::invalid_request,
                           "memory: has no file; name a json: or sqlite: "
                           "store");
    return TransferEndpoint(std::move(files), store.kind, store.path);
}

std::string TransferEndpoint::url() const {
    return url(path());
}

std::string TransferEndpoint::url(const std::string& path) const {
    return (kind_ == StoreUrl::Kind::sqlite ? "sqlite:" : "json:") + path;
}

bool TransferEndpoint::is_there() const {
    if (files_->info(path()) || is_being_replaced(*files_, path())) return true;
    for (const std::string& ending : store_.logs)
        if (files_->info(path() + ending)) return true;
    return false;
}

bool TransferEndpoint::owns(const std::string& real_path) const {
    const auto mine = files_->info(path());
    const auto other = files_->info(real_path);
    if (mine && other && mine->device == other->device && mine->inode == other->inode) return true;
    std::vector<std::string> endings = {"", ".lock", ".audit", ".audit.lock", ".replacing"};
    endings.insert(endings.end(), store_.logs.begin(), store_.logs.end());
    endings.insert(endings.end(), store_.companions.begin(), store_.companions.end());
    for (const std::string& ending : endings)
        if (real_path == path() + ending) return true;
    return false;
}

void TransferEndpoint::lock() {
    const auto info = files_->info(path());
    if (info && !info->is_regular)
        throw StartupError(Errc::store_unavailable, path() + ": is not a regular file");
    lock_ = std::make_unique<TemporaryLock>(files_, path());
    finish_replacement(*files_, store_);
}

bool TransferEndpoint::try_lock() {
    try {
        lock_ = std::make_unique<TemporaryLock>(files_, path());
    } catch (const StartupError&) {
        return false;
    }
    finish_replacement(*files_, store_);
    return true;
}

std::unique_ptr<StoreReader> TransferEndpoint::read(const OpenOptions& options,
                                                    const std::string& scratch) const {
    return read_at(path(), scratch, options);
}

std::unique_ptr<StoreWriter> TransferEndpoint::make(const std::string& path,
                                                    const OpenOptions& options) const {
    if (kind_ == StoreUrl::Kind::sqlite) return make_database_store(path, options, files_);
    return make_json_store(path, files_);
}

std::unique_ptr<StoreReader> TransferEndpoint::read_again(const std::string& path,
                                                          const OpenOptions& options) const {
    return read_at(path, path + ".again", options);
}

std::unique_ptr<StoreReader> TransferEndpoint::read_at(const std::string& path,
                                                       const std::string& scratch,
                                                       const OpenOptions& options) const {
    if (kind_ == StoreUrl::Kind::sqlite) return read_database_store(path, scratch, options, files_);
    return read_json_store(path, options, *files_);
}

std::uint64_t TransferEndpoint::size_bytes(const std::string& path) const {
    std::uint64_t bytes = 0;
    if (const auto info = files_->info(path)) bytes += info->size_bytes;
    for (const std::string& ending : store_.companions)
        if (const auto info = files_->info(path + ending)) bytes += info->size_bytes;
    return bytes;
}

}  // namespace roster::storage
