#pragma once

// The users.json store.

#include <roster/store.hpp>

#include "core/files/file_system.hpp"
#include "storage/core/backend.hpp"

#include <memory>
#include <string>

namespace roster::storage {

/// Requires: `options.now` is set.
/// Throws: as `open_store`.
std::unique_ptr<Backend> open_json_backend(const std::string& path, const OpenOptions& options,
                                           std::shared_ptr<FileSystem> files);

}  // namespace roster::storage
