#pragma once

// How a start says that a book is damaged.

#include "storage/json/location.hpp"

#include <string>

namespace roster::storage {

/// "FILE:LINE:COLUMN: text" and what to do.
[[noreturn]] void throw_damaged(const std::string& path, Place place, const std::string& text);

/// "FILE:LINE:COLUMN: text".
std::string at_place(const std::string& path, Place place, const std::string& text);

}  // namespace roster::storage
