#pragma once

// `roster user add`.

#include "cli/command.hpp"

namespace roster::cli {

Command add_user_add(CLI::App& program);

}  // namespace roster::cli
