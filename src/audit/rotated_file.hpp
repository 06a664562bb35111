#pragma once

// The names of the files of an audit log that were put aside: FILE.000000000001 is the one whose
// first line has number 1. A name that is given stays, so that one rename is all that a rotation
// needs, and names in order are lines in order.

#include "core/files/file_system.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace roster::audit {

struct RotatedFile {
    std::uint64_t first_seq = 0;
    std::string path;
};

std::string aside_path(const std::string& path, std::uint64_t first_seq);

/// Those that are there, oldest first.
result<std::vector<RotatedFile>> list_aside(FileSystem& files, const std::string& path);

}  // namespace roster::audit
