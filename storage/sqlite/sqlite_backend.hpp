#pragma once

// The store in a SQLite database. docs/SQLITE.md says what lies on the disk, and why.

#include "core/files/file_system.hpp"
#include "storage/core/backend.hpp"
#include "storage/core/store_view.hpp"

#include <memory>
#include <string>

namespace roster::storage {

/// Throws, as below: `StartupError`.
std::unique_ptr<Backend> open_sqlite_backend(const std::string& path, OpenOptions options,
                                             std::shared_ptr<FileSystem> files);

/// Reads a database of this program's version, also while a server writes it.
std::unique_ptr<StoreView> open_sqlite_view(const std::string& path, const OpenOptions& options,
                                            std::shared_ptr<FileSystem> files);

}  // namespace roster::storage
