#pragma once

// The description of the API, and what pages are made of.

#include "core/compiled_file.hpp"

namespace roster::server {

/// Requires: src/server/CMakeLists.txt names it.
const CompiledFile& compiled_file(std::string_view name) noexcept;

}  // namespace roster::server
