#include "cli/commands/user_commands.hpp"

#include <CLI/CLI.hpp>

namespace roster::cli {

void add_user_commands(CLI::App& program, std::vector<Command>& commands) {
    CLI::App* user = program.add_subcommand("user", "Manage accounts without a server");
    user->footer(
        "USER is an e-mail address or an id. Exit codes: 0 ok, 1 failed, 2 usage, 3 not found,\n"
        "4 conflict (the e-mail is taken, or it is the last administrator), 5 store.\n\n"
        "Examples:\n"
        "  roster user add --role admin a@a.com\n"
        "  roster user list --role admin\n"
        "  roster user disable b@b.com");
    for (const auto add : {add_user_list, add_user_show, add_user_add, add_user_set,
                           add_user_password, add_user_disable, add_user_enable, add_user_remove})
        commands.push_back(add(*user));
}

}  // namespace roster::cli
