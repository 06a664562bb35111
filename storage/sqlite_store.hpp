#pragma once

// The entry point to storage/sqlite/, which is there or not as this program was built.

#include "core/files/file_system.hpp"
#include "storage/core/backend.hpp"
#include "storage/maintenance.hpp"
#include "storage/schema.hpp"
#include "storage/core/store_files.hpp"
#include "storage/transfer/bulk.hpp"

#include <cstdint>
#include <functional>
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

/// As `read_sqlite_store`, `make_sqlite_store` and `copy_sqlite_store` of storage/sqlite/.
std::unique_ptr<StoreReader> read_database_store(const std::string& path,
                                                 const std::string& scratch,
                                                 const OpenOptions& options,
                                                 const std::shared_ptr<FileSystem>& files);
std::unique_ptr<StoreWriter> make_database_store(const std::string& path,
                                                 const OpenOptions& options,
                                                 std::shared_ptr<FileSystem> files);
bool copy_database_store(const std::string& path, bool is_alone, const std::string& to,
                         const std::function<void(std::uint64_t, std::uint64_t)>& tell,
                         const std::shared_ptr<FileSystem>& files);
/// The files of a store of this kind.
StoreFiles database_store_files(std::string path);

}  // namespace roster::storage
