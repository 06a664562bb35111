#pragma once

// A book from the disk into memory: read, validated, its plain passwords hashed.

#include <roster/store.hpp>

#include "storage/file_system.hpp"
#include "storage/json/book.hpp"

#include <chrono>
#include <string>

namespace roster::storage {

/// Where there is no file: an empty book that is `completed`, as is one with plain passwords.
///
/// Throws: `StartupError` with `store_damaged` (file, line and column) or `store_unavailable`.
Book load_book(FileSystem& files, const std::string& path, const OpenOptions& options,
               std::chrono::sys_seconds now);

}  // namespace roster::storage
