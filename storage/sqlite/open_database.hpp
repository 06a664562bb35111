#pragma once

// From a path to a database that may be served: locked, inspected, made if it is missing, migrated.

#include <roster/store_types.hpp>

#include "core/files/file_system.hpp"
#include "storage/sqlite/connection.hpp"
#include "storage/sqlite/migrations.hpp"

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

}  // namespace roster::storage
