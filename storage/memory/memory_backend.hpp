#pragma once

// A store that forgets everything with its process: for tests and trials.

#include "storage/core/backend.hpp"

#include <chrono>
#include <functional>
#include <memory>

namespace roster::storage {

std::unique_ptr<Backend> make_memory_backend(std::function<std::chrono::sys_seconds()> now);

}  // namespace roster::storage
