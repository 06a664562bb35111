#pragma once

// The program and its sub-commands: how each is declared and run.
// Knows no option: every sub-command declares its own.

#include <roster/server.hpp>

#include "cli/io/exit_code.hpp"

#include <CLI/App.hpp>

#include <functional>
#include <memory>
#include <utility>
#include <vector>

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
    /// Set before that, if it is not null.
    std::vector<ServerSetting>* settings = nullptr;
};

using Commands = std::vector<Command>;

/// A sub-command to be given its options. Lifetime: of the program and its commands.
template <class Options>
struct DeclaredCommand {
    CLI::App& app;
    Options& options;
};

/// Declares a sub-command that calls `run` with its options.
template <class Options>
DeclaredCommand<Options> add_command(CLI::App& parent, Commands& commands, const char* name,
                                     const char* text, ExitCode (*run)(const Options&)) {
    const auto options = std::make_shared<Options>();
    CLI::App* app = parent.add_subcommand(name, text);
    commands.emplace_back(*app, [options, run] { return run(*options); });
    return {*app, *options};
}

/// `roster` itself, without a sub-command yet.
std::unique_ptr<CLI::App> make_program();

/// Declares every sub-command.
Commands add_commands(CLI::App& program);

/// Reads the command line, then the environment, then the configuration file, and runs the
/// sub-command that was named. Errors go to standard error, one line each.
int run_program(CLI::App& program, const Commands& commands, int argc, const char* const* argv);

// Each declares a sub-command, or a group of them, and appends it.
/// list, verify.
void add_audit_commands(CLI::App& program, Commands& commands);
void add_client_command(CLI::App& program, Commands& commands);
void add_config_command(CLI::App& program, Commands& commands);
void add_export_command(CLI::App& program, Commands& commands);
/// snippet, check.
void add_forward_auth_commands(CLI::App& program, Commands& commands);
void add_hash_commands(CLI::App& program, Commands& commands);
void add_healthcheck_command(CLI::App& program, Commands& commands);
void add_import_command(CLI::App& program, Commands& commands);
void add_serve_command(CLI::App& program, Commands& commands);
/// login, logout.
void add_login_commands(CLI::App& program, Commands& commands);
/// list, forgive.
void add_limit_commands(CLI::App& program, Commands& commands);
/// session list, revoke; token list, create, revoke.
void add_session_commands(CLI::App& program, Commands& commands);
void add_token_create(CLI::App& token, Commands& commands);
/// check, repair, migrate.
void add_store_commands(CLI::App& program, Commands& commands);
/// copy, backup, restore.
void add_transfer_commands(CLI::App& program, Commands& commands);
/// list, show.
void add_user_reading_commands(CLI::App& user, Commands& commands);
/// add, set, password, disable, enable, remove.
void add_user_changing_commands(CLI::App& user, Commands& commands);
void add_user_link(CLI::App& user, Commands& commands);

}  // namespace roster::cli
