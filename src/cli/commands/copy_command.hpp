#pragma once

// `roster copy`.

#include "cli/commands/command.hpp"

namespace roster::cli {

Command add_copy(CLI::App& program);

}  // namespace roster::cli
