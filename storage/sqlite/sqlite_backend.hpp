#pragma once

// The store in a SQLite database. docs/SQLITE.md says what lies on the disk, and why.

#include "core/files/file_system.hpp"
#include "storage/core/backend.hpp"

#include <memory>
#include <string>

namespace roster::storage {

/// Throws: `StartupError`.
std::unique_ptr<Backend> open_sqlite_backend(const std::string& path, OpenOptions options,
                                             std::shared_ptr<FileSystem> files);

}  // namespace roster::storage
