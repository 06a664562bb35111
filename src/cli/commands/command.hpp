#pragma once

// A sub-command of the program, and the program that is made of them.
// Knows no sub-command in particular: `main` puts them together.

#include "cli/io/exit_code.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace CLI {
class App;
}

namespace roster::cli {

class Command {
  public:
    Command(CLI::App& declared, std::function<ExitCode()> action)
        : app(&declared), run(std::move(action)) {}

    /// Its options; owned by the program.
    CLI::App* app;
    /// Called once all options have their values. May throw `UsageError`, `Refused` and
    /// `StartupError`.
    std::function<ExitCode()> run;
};

/// `roster` itself, without a sub-command yet.
std::unique_ptr<CLI::App> make_program();

/// Reads the command line, then the environment, then the configuration file, and runs the
/// sub-command that was named. Errors go to standard error, one line each.
int run_program(CLI::App& program, const std::vector<Command>& commands, int argc,
                const char* const* argv);

}  // namespace roster::cli
