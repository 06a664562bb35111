#pragma once

// `roster import`.

#include "cli/commands/command.hpp"

namespace roster::cli {

Command add_import(CLI::App& program);

}  // namespace roster::cli
