#pragma once

// docs/openapi.json, which CMake makes a part of the program: the one description of the routes.

#include <string_view>

namespace roster::server {

/// Lifetime: static.
std::string_view openapi_document() noexcept;

}  // namespace roster::server
