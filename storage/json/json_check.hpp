#pragma once

// What is wrong with a JSON store, all of it, with places.

#include "core/files/file_system.hpp"
#include "storage/core/maintenance.hpp"

#include <string>

namespace roster::storage {

/// Throws: `StartupError` with `store_unavailable`.
StoreReport check_json_store(const std::string& path, FileSystem& files);

}  // namespace roster::storage
