#pragma once

// Everything that the table of drivers needs of SQLite: serving, reading, checking, migrating and
// copying a store in a database. docs/SQLITE.md says what lies on the disk, and why.
//
// Throws, each function: `StartupError`.

#include <roster/store_types.hpp>

#include "core/files/file_system.hpp"
#include "storage/core/backend.hpp"
#include "storage/core/bulk.hpp"
#include "storage/core/maintenance.hpp"
#include "storage/core/store_files.hpp"
#include "storage/sqlite/migrations.hpp"
#include "storage/sqlite/open_database.hpp"

#include <memory>
#include <string>
#include <vector>

namespace roster::storage {

std::unique_ptr<Backend> open_sqlite_backend(const std::string& path, OpenOptions options,
                                             std::shared_ptr<FileSystem> files);

/// Reads a database of this program's version, also while a server writes it.
std::unique_ptr<StoreView> open_sqlite_view(const std::string& path, const OpenOptions& options,
                                            std::shared_ptr<FileSystem> files);

/// As `check_store`.
StoreReport check_database(const std::string& path, FileSystem& files);

/// As `plan_repair`: nothing to do, or `store_damaged`, which says what a person can do. No repair
/// of a damaged database would be better than a backup.
std::unique_ptr<StoreRepair> plan_database_repair(const std::string& path,
                                                  std::shared_ptr<FileSystem> files);

/// As `schema_of`; for a missing database: what the first start would apply.
std::vector<SchemaVersion> schema_of_database(const std::string& path, FileSystem& files,
                                              Migrations known = compiled_migrations());

/// As `migrate_store`.
std::vector<std::string> migrate_database(const std::string& path, const MigrationGoal& goal,
                                          const OpenOptions& options,
                                          std::shared_ptr<FileSystem> files,
                                          Migrations known = compiled_migrations());

/// The names of the files of a store. `path`, here and below, is the real one.
StoreFiles sqlite_store_files(std::string path);

/// Reads a database that is sound (all of it is checked) and that nobody writes meanwhile, without
/// changing it. One of an older version is migrated in a copy at `scratch`, which the caller
/// removes. Null, here and below, if there is no database.
std::unique_ptr<StoreReader> read_sqlite_store(const std::string& path, const std::string& scratch,
                                               const OpenOptions& options,
                                               const std::shared_ptr<FileSystem>& files);

/// Reads a database of this program's version that a server may write meanwhile; not all of it is
/// checked.
std::unique_ptr<StoreReader> read_served_sqlite_store(const std::string& path,
                                                      const std::shared_ptr<FileSystem>& files);

/// Requires: there is no file at `path`.
std::unique_ptr<StoreWriter> make_sqlite_store(const std::string& path, const OpenOptions& options,
                                               std::shared_ptr<FileSystem> files);

/// Copies a database as it is at one moment to `to`, where nothing is, and makes that durable.
/// A server may go on writing meanwhile, or start. False if there is no database.
bool copy_sqlite_store(const std::string& path, const std::string& to, const PagesCopied& tell,
                       const std::shared_ptr<FileSystem>& files);

}  // namespace roster::storage
