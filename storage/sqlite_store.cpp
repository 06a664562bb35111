// Built where storage/sqlite/ is.

#include "storage/sqlite_store.hpp"

#include "storage/sqlite/sqlite_backend.hpp"
#include "storage/sqlite/sqlite_check.hpp"
#include "storage/sqlite/sqlite_schema.hpp"

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

}  // namespace roster::storage
