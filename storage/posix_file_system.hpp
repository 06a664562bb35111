#pragma once

// The real file system.

#include "storage/file_system.hpp"

#include <memory>

namespace roster::storage {

std::shared_ptr<FileSystem> make_posix_file_system();

}  // namespace roster::storage
