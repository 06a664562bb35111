#pragma once

// All of a SQLite store at once: read from a database, made as a new one, or copied as it is.

#include <roster/store.hpp>

#include "core/files/file_system.hpp"
#include "storage/core/bulk.hpp"
#include "storage/core/store_files.hpp"
#include "storage/sqlite/database_copy.hpp"
#include "storage/sqlite/migrations.hpp"

#include <memory>
#include <string>

namespace roster::storage {

/// Reads a database that is sound (all of it is checked) and that nobody writes meanwhile, without
/// changing it. One of an older version is migrated in a copy at `scratch`, which the caller
/// removes. Null if there is no database. `path` is the real one.
///
/// Throws: `StartupError` with `store_damaged` or `store_unavailable` (also for a newer version).
std::unique_ptr<StoreReader> read_sqlite_store(const std::string& path, const std::string& scratch,
                                               const OpenOptions& options,
                                               const std::shared_ptr<FileSystem>& files,
                                               Migrations known = compiled_migrations());

/// The same of a database of this program's version that a server may write meanwhile; not all of
/// it is checked.
std::unique_ptr<StoreReader> read_served_sqlite_store(const std::string& path,
                                                      const std::shared_ptr<FileSystem>& files);

/// Requires: there is no file at `path`.
std::unique_ptr<StoreWriter> make_sqlite_store(const std::string& path, const OpenOptions& options,
                                               std::shared_ptr<FileSystem> files);

/// Copies a database as it is at one moment to `to`, where nothing is, and makes that durable.
/// `is_alone`: the caller holds the store's lock; otherwise a server may go on writing meanwhile.
/// False if there is no database.
///
/// Throws: `StartupError` with `store_damaged` or `store_unavailable`.
bool copy_sqlite_store(const std::string& path, bool is_alone, const std::string& to,
                       const PagesCopied& tell, const std::shared_ptr<FileSystem>& files);

/// The names of the files of a SQLite store. `path` is the real one.
StoreFiles sqlite_store_files(std::string path);

}  // namespace roster::storage
