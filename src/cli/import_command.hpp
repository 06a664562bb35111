#pragma once

// `roster import`.

#include "cli/command.hpp"

namespace roster::cli {

Command add_import(CLI::App& program);

}  // namespace roster::cli
