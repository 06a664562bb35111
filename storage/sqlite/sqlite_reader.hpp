#pragma once

// All of a SQLite store at once: read from a database, made as a new one, or copied as it is.

#include <roster/store.hpp>

#include "core/files/file_system.hpp"
#include "storage/core/store_files.hpp"
#include "storage/sqlite/migrations.hpp"
#include "storage/transfer/bulk.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace roster::storage {

/// A database that is whole (all of it is checked) and that nobody writes meanwhile; it is not
/// changed. One of an older version is brought to this program's in a copy at `scratch`, which is
/// the caller's to remove. Nothing where there is none. `path` is the real one.
///
/// Throws: `StartupError` with `store_damaged` or `store_unavailable` (also of a newer version).
std::unique_ptr<StoreReader> read_sqlite_store(const std::string& path, const std::string& scratch,
                                               const OpenOptions& options,
                                               const std::shared_ptr<FileSystem>& files,
                                               Migrations known = compiled_migrations());

/// `path`: of the database to be made. Nothing may be there.
std::unique_ptr<StoreWriter> make_sqlite_store(const std::string& path, const OpenOptions& options,
                                               std::shared_ptr<FileSystem> files);

/// Called with how many pages of how many are copied.
using PagesCopied = std::function<void(std::uint64_t done, std::uint64_t total)>;

/// Copies a database as it is at one moment to `to`, where nothing is, and makes that durable.
/// `is_alone`: the caller holds the store's lock; otherwise a server may go on reading and writing
/// meanwhile, and waits for nothing. False where there is no database.
///
/// Throws: `StartupError` with `store_damaged` or `store_unavailable`.
bool copy_sqlite_store(const std::string& path, bool is_alone, const std::string& to,
                       const PagesCopied& tell, const std::shared_ptr<FileSystem>& files);

/// Whose names the files of a SQLite store have. `path` is the real one.
StoreFiles sqlite_store_files(std::string path);

}  // namespace roster::storage
