#include "accounts/wait_for.hpp"
#include "cli/admin/admin_api.hpp"
#include "cli/commands/user_change.hpp"
#include "cli/commands/user_commands.hpp"
#include "cli/io/paging.hpp"
#include "cli/io/prompts.hpp"
#include "cli/io/user_format.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <utility>

namespace roster::cli {
namespace {

constexpr std::string_view kWithServer =
    "no command of 'roster client' does this, so it has to be stopped";

class UserRemoveOptions {
  public:
    AdminOptions administration;
    Format format = Format::table;
    UserArgument user;
    bool yes = false;
};

std::string ended(std::size_t sessions) {
    return sessions == 0 ? std::string() : "; " + counted(sessions, "session") + " ended";
}

ExitCode remove(const UserRemoveOptions& options) {
    AdminApi administration(options.administration, kWithServer);
    const User user = administration.find(options.user);
    const std::size_t sessions = sessions_of(administration, user).size();
    confirm("Remove " + subject_of(user) + " (" + std::string(to_string(user.role)) + ") for good?",
            options.yes);
    const User removed = value_or_refuse(accounts::wait_for(administration.accounts().erase(
                                             local_operator(), user.id, std::nullopt)),
                                         subject_of(user));
    print_change(options.format, removed, true, "removed " + subject_of(removed) + ended(sessions));
    return ExitCode::ok;
}

}  // namespace

Command add_user_remove(CLI::App& user) {
    CLI::App* app = user.add_subcommand("remove", "Remove a user for good; the id is not reused");
    const auto options = std::make_shared<UserRemoveOptions>();
    add_user_argument(*app, options->user)->required();
    add_yes(*app, options->yes);
    add_format(*app, options->format);
    add_changing_options(*app, options->administration);
    app->footer(
        "Asks on the terminal; where there is none, it takes --yes.\n\n"
        "Examples:\n"
        "  roster user remove b@b.com\n"
        "  roster user remove 17 --yes");
    return Command(*app, [options] { return remove(*options); });
}

}  // namespace roster::cli
