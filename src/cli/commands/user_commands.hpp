#pragma once

// `roster user …`: accounts of a store that no server has open.

#include "cli/commands/command.hpp"

#include <vector>

namespace roster::cli {

/// All of them.
void add_user_commands(CLI::App& program, std::vector<Command>& commands);

Command add_user_list(CLI::App& user);
Command add_user_show(CLI::App& user);
Command add_user_add(CLI::App& user);
Command add_user_set(CLI::App& user);
Command add_user_password(CLI::App& user);
Command add_user_disable(CLI::App& user);
Command add_user_enable(CLI::App& user);
Command add_user_remove(CLI::App& user);

}  // namespace roster::cli
