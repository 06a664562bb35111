// A view: reads without the store's lock, beside a server or not.

#include "storage/core/store_files.hpp"
#include "storage/sqlite/database_inspector.hpp"
#include "storage/sqlite/sqlite_reads.hpp"
#include "storage/sqlite/sqlite_store.hpp"

#include <mutex>
#include <utility>

namespace roster::storage {
namespace {

class SharedConnection {
  public:
    SharedConnection(std::shared_ptr<FileSystem> files, std::string path, std::shared_ptr<Log> log)
        : files_(std::move(files)),
          path_(std::move(path)),
          log_(log_or_silent(std::move(log))),
          inspector_(inspect_shared(*files_, path_)) {
        if (!inspector_) throw_missing_store(path_);
    }

    template <class T, class Read>
    result<T> read(Read read) {
        const std::lock_guard lock(mutex_);
        return read_or_log<T>(*log_, [&]() -> result<T> {
            auto answer = read(inspector_->connection());
            if (!inspector_->was_disturbed()) return answer;
            inspector_ = inspect_shared(*files_, path_);
            if (!inspector_) return Errc::store_unavailable;
            return read(inspector_->connection());
        });
    }

  private:
    std::shared_ptr<FileSystem> files_;
    std::string path_;
    std::shared_ptr<Log> log_;
    std::mutex mutex_;
    std::unique_ptr<DatabaseInspector> inspector_;
};

class SqliteView final : public SqliteReads<StoreView, SharedConnection> {
  public:
    SqliteView(const std::string& path, const OpenOptions& options,
               std::shared_ptr<FileSystem> files)
        : SqliteReads(path, options) {
        const std::string real = real_path_of(*files, path);
        source_ = std::make_unique<SharedConnection>(std::move(files), real, options.log);
    }

    StoreStatus status() const override {
        const auto status = read<StoreStatus>([](Connection& from) { return read_status(from); });
        return status ? *status : StoreStatus();
    }
};

}  // namespace

std::unique_ptr<StoreView> open_sqlite_view(const std::string& path, const OpenOptions& options,
                                            std::shared_ptr<FileSystem> files) {
    return std::make_unique<SqliteView>(path, options, std::move(files));
}

}  // namespace roster::storage
