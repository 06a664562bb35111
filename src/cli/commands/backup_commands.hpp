#pragma once

// `roster backup` and `roster restore`.

#include "cli/commands/command.hpp"

namespace roster::cli {

Command add_backup(CLI::App& program);
Command add_restore(CLI::App& program);

}  // namespace roster::cli
