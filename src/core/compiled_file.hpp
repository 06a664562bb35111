#pragma once

// Files of this repository that CMake makes a part of the program: compiled_files.cmake.

#include <string_view>

namespace roster {

/// Lifetime: static.
struct CompiledFile {
    std::string_view name;
    /// Of the text, in hexadecimal; a cache may keep what has it in its name.
    std::string_view digest;
    std::string_view text;
};

}  // namespace roster
