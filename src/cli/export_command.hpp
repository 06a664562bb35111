#pragma once

// `roster export`.

#include "cli/command.hpp"

namespace roster::cli {

Command add_export(CLI::App& program);

}  // namespace roster::cli
