#pragma once

// What `roster check` and `roster repair` say of a database.

#include "core/files/file_system.hpp"
#include "storage/maintenance.hpp"

#include <memory>
#include <string>

namespace roster::storage {

/// As `check_store`.
StoreReport check_database(const std::string& path, FileSystem& files);

/// As `plan_repair`. Nothing can be made of a damaged database that would be better than a copy of
/// the sound one: then this throws `StartupError` with `store_damaged`, which says what to do.
std::unique_ptr<StoreRepair> plan_database_repair(const std::string& path,
                                                  std::shared_ptr<FileSystem> files);

}  // namespace roster::storage
