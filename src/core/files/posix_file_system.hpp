#pragma once

// The real file system.

#include "core/files/file_system.hpp"

#include <memory>

namespace roster {

std::shared_ptr<FileSystem> make_posix_file_system();

}  // namespace roster
