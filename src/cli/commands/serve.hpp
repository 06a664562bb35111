#pragma once

// `roster serve`.

#include "cli/commands/command.hpp"

namespace roster::cli {

Command add_serve(CLI::App& program);

}  // namespace roster::cli
