#pragma once

// `roster check` and `roster repair`: looking after a store that nobody serves.

#include "cli/commands/command.hpp"

namespace roster::cli {

Command add_check(CLI::App& program);
Command add_repair(CLI::App& program);

}  // namespace roster::cli
