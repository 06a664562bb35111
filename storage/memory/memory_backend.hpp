#pragma once

// The store that is gone with its process, and views of other stores that are loaded into memory.

#include <roster/store_types.hpp>

#include "storage/core/backend.hpp"
#include "storage/core/bulk.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace roster::storage {

std::unique_ptr<Backend> make_memory_backend(std::function<std::chrono::sys_seconds()> now);

/// Everything that the reader has, as a view with this URL.
/// Throws: as `StoreReader`.
std::unique_ptr<StoreView> load_view(StoreReader& reader, std::string url,
                                     std::function<std::chrono::sys_seconds()> now);

}  // namespace roster::storage
