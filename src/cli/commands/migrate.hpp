#pragma once

// `roster migrate status|up|down`: the versions of a store's schema.

#include "cli/commands/command.hpp"

#include <vector>

namespace roster::cli {

/// All of them.
void add_migrate_commands(CLI::App& program, std::vector<Command>& commands);

}  // namespace roster::cli
