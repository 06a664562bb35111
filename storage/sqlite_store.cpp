// Built where storage/sqlite/ is.

#include "storage/sqlite_store.hpp"

#include "storage/sqlite/open_database.hpp"
#include "storage/sqlite/sqlite_backend.hpp"
#include "storage/sqlite/sqlite_bulk.hpp"
#include "storage/sqlite/sqlite_check.hpp"

#include <utility>

namespace roster::storage {

std::unique_ptr<Backend> open_sqlite_store(const std::string& path, OpenOptions options,
                                           std::shared_ptr<FileSystem> files) {
    return open_sqlite_backend(path, std::move(options), std::move(files));
}

StoreReport check_sqlite_store(const std::string& path, std::shared_ptr<FileSystem> files) {
    return check_database(path, *files);
}

std::unique_ptr<StoreRepair> plan_sqlite_repair(const std::string& path,
                                                std::shared_ptr<FileSystem> files) {
    return plan_database_repair(path, std::move(files));
}

std::vector<SchemaVersion> sqlite_schema(const std::string& path,
                                         std::shared_ptr<FileSystem> files) {
    return schema_of_database(path, *files, compiled_migrations());
}

std::vector<std::string> migrate_sqlite(const std::string& path, const MigrationGoal& goal,
                                        OpenOptions options, std::shared_ptr<FileSystem> files) {
    return migrate_database(path, goal, options, std::move(files), compiled_migrations());
}

std::unique_ptr<StoreReader> read_database_store(const std::string& path,
                                                 const std::string& scratch,
                                                 const OpenOptions& options,
                                                 const std::shared_ptr<FileSystem>& files) {
    return read_sqlite_store(path, scratch, options, files);
}

std::unique_ptr<StoreWriter> make_database_store(const std::string& path,
                                                 const OpenOptions& options,
                                                 std::shared_ptr<FileSystem> files) {
    return make_sqlite_store(path, options, std::move(files));
}

bool copy_database_store(const std::string& path, bool is_alone, const std::string& to,
                         const std::function<void(std::uint64_t, std::uint64_t)>& tell,
                         const std::shared_ptr<FileSystem>& files) {
    return copy_sqlite_store(path, is_alone, to, tell, files);
}

StoreFiles database_store_files(std::string path) {
    return sqlite_store_files(std::move(path));
}

}  // namespace roster::storage
