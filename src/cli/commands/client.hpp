#pragma once

// `roster client`: commands from a person or a script, answers as they come.

#include "cli/commands/command.hpp"

namespace CLI {
class App;
}

namespace roster::cli {

Command add_client(CLI::App& program);

}  // namespace roster::cli
