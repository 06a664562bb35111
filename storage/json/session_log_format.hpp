#pragma once

// The lines of the session log: one step a line. docs/STORAGE.md describes them byte by byte.
// Knows no file and no frame.

#include "storage/memory/session_table.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace roster::storage {

/// Appends a line, with its newline.
void append_step(const SessionStep& step, std::string& out);

/// Reads the lines of a batch. False if they are not `count`, or one of them makes no sense; those
/// before it were given to `take`.
bool read_steps(std::string_view lines, std::uint64_t count,
                const std::function<void(SessionStep)>& take);

}  // namespace roster::storage
