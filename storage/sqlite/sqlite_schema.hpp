#pragma once

// What `roster migrate` sees and does.

#include <roster/store.hpp>

#include "core/files/file_system.hpp"
#include "storage/schema.hpp"
#include "storage/sqlite/migrations.hpp"

#include <memory>
#include <string>
#include <vector>

namespace roster::storage {

/// As `schema_of`; of a database that is not there: what the first start would apply.
std::vector<SchemaVersion> schema_of_database(const std::string& path, FileSystem& files,
                                              Migrations known);

/// As `migrate_store`.
std::vector<std::string> migrate_database(const std::string& path, const MigrationGoal& goal,
                                          const OpenOptions& options,
                                          std::shared_ptr<FileSystem> files, Migrations known);

}  // namespace roster::storage
