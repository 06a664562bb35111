#pragma once

// The door to storage/sqlite/, which is there or not as this program was built.

#include "storage/backend.hpp"
#include "storage/file_system.hpp"
#include "storage/maintenance.hpp"
#include "storage/schema.hpp"

#include <memory>
#include <string>

namespace roster::storage {

/// Each throws, beside what its namesake does: `StartupError` with `invalid_request` where this
/// program was built without SQLite.
std::unique_ptr<Backend> open_sqlite_store(const std::string& path, OpenOptions options,
                                           std::shared_ptr<FileSystem> files);
StoreReport check_sqlite_store(const std::string& path, std::shared_ptr<FileSystem> files);
std::unique_ptr<StoreRepair> plan_sqlite_repair(const std::string& path,
                                                std::shared_ptr<FileSystem> files);
std::vector<SchemaVersion> sqlite_schema(const std::string& path,
                                         std::shared_ptr<FileSystem> files);
std::vector<std::string> migrate_sqlite(const std::string& path, const MigrationGoal& goal,
                                        OpenOptions options, std::shared_ptr<FileSystem> files);

}  // namespace roster::storage
