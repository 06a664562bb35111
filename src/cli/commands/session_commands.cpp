#include "cli/commands/session_commands.hpp"

#include <CLI/CLI.hpp>

namespace roster::cli {

void add_session_commands(CLI::App& program, std::vector<Command>& commands) {
    CLI::App* session = program.add_subcommand("session", "Manage sessions without a server");
    session->footer(
        "Examples:\n"
        "  roster session list\n"
        "  roster session revoke --user b@b.com");
    commands.push_back(add_session_list(*session));
    commands.push_back(add_session_revoke(*session));
}

}  // namespace roster::cli
