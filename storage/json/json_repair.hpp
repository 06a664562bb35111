#pragma once

// Saves of a damaged JSON store what can be saved.

#include "core/files/file_system.hpp"
#include "storage/core/maintenance.hpp"

#include <memory>
#include <string>

namespace roster::storage {

/// Throws: `StartupError` with `store_locked` or `store_unavailable`.
std::unique_ptr<StoreRepair> plan_json_repair(const std::string& path,
                                              std::shared_ptr<FileSystem> files);

}  // namespace roster::storage
