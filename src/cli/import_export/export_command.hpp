#pragma once

// `roster export`.

#include "cli/commands/command.hpp"

namespace roster::cli {

Command add_export(CLI::App& program);

}  // namespace roster::cli
