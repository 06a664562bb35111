#pragma once

// The lines of NAME.sessions: one step a line.
// Knows no file and no frame. docs/STORAGE.md describes them byte by byte.

#include "storage/memory/session_index.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace roster::storage {

/// Appends a line, with its newline.
void append_step(const AccessStep& step, std::string& out);

/// Reads the lines of a batch. False where they are not `count`, or one of them makes no sense;
/// those before it were given to `take`.
bool read_steps(std::string_view body, std::uint64_t count,
                const std::function<void(AccessStep)>& take);

}  // namespace roster::storage
