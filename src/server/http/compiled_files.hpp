#pragma once

// Files of this repository that CMake makes a part of the program: the description of the API, and
// what pages are made of.

#include <string_view>

namespace roster::server {

/// Lifetime: static.
struct CompiledFile {
    std::string_view name;
    /// Of the text, in hexadecimal; a cache may keep what has it in its name.
    std::string_view digest;
    std::string_view text;
};

/// Requires: src/server/CMakeLists.txt names it.
const CompiledFile& compiled_file(std::string_view name) noexcept;

}  // namespace roster::server
