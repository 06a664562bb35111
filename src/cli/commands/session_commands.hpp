#pragma once

// `roster session …`: the sessions of a store that no server has open.

#include "cli/commands/command.hpp"

#include <vector>

namespace roster::cli {

/// All of them.
void add_session_commands(CLI::App& program, std::vector<Command>& commands);

Command add_session_list(CLI::App& session);
Command add_session_revoke(CLI::App& session);

}  // namespace roster::cli
