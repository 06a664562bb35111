#pragma once

// From a path to a database that may be served: locked, inspected, made if it is missing, migrated.
// New databases and copies are complete or not there.

#include <roster/store_types.hpp>

#include "core/files/file_system.hpp"
#include "storage/core/bulk.hpp"
#include "storage/sqlite/connection.hpp"
#include "storage/sqlite/migrations.hpp"

#include <functional>
#include <memory>
#include <string>

namespace roster::storage {

struct OpenedDatabase {
    std::shared_ptr<FileSystem> files;
    std::unique_ptr<FileLock> lock;
    std::string path;
    std::unique_ptr<Connection> writer;
};

/// Makes the database if it is missing; otherwise brings it to this program's version, after a copy
/// if the store was ever written.
///
/// Throws: `StartupError` with `store_locked`, `store_damaged` or `store_unavailable`; then the
/// database is as it was.
OpenedDatabase open_database(const std::string& path, const OpenOptions& options,
                             std::shared_ptr<FileSystem> files,
                             Migrations known = compiled_migrations());

/// Makes a database at `path`, mode 0600 from its first byte, with what `fill` puts into it, and
/// renames it when it is complete and durable. What a killed process leaves has a name that
/// `finish_replacement` of `store` removes.
/// Requires: there is no file.
///
/// Throws: `SQLite::Exception`, `boost::system::system_error`, and what `fill` throws; then nothing
/// is left behind.
void make_database(FileSystem& files, const std::string& store, const std::string& path,
                   const std::function<void(Connection&)>& fill);

/// A copy of what `from` sees at one moment, by SQLite's backup; a writer of `from` may go on.
/// Requires: no statement of `from` is running. Throws: as above.
void copy_database(FileSystem& files, Connection& from, const std::string& store,
                   const std::string& to, const PagesCopied& tell = {});

}  // namespace roster::storage
