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
    "it does this, too: 'roster client', then 'login EMAIL' as an administrator, and "
    "'put ID EMAIL', which asks for the new password";

class UserPasswordOptions {
  public:
    AdminOptions administration;
    Format format = Format::table;
    UserArgument user;
    bool password_stdin = false;
    bool keep_sessions = false;
};

ExitCode set_password(const UserPasswordOptions& options) {
    // Opened before the password is asked for: who must stop a server first should not type it
    // twice.
    AdminApi administration(options.administration, kWithServer);
    const User before = administration.find(options.user);
    const std::size_t sessions = sessions_of(administration, before).size();
    accounts::PasswordChange change(new_password(before.email, options.password_stdin));
    change.keep_other_sessions = options.keep_sessions;
    auto changed = accounts::wait_for(
        administration.accounts().change_password(local_operator(), before.id, std::move(change)));
    if (!changed) administration.refuse_password(subject_of(before), changed.error());
    const std::string what_of_sessions =
        sessions == 0
            ? std::string()
            : "; " + counted(sessions, "session") + (options.keep_sessions ? " stayed" : " ended");
    print_change(options.format, *changed, true,
                 "changed the password of " + subject_of(*changed) + what_of_sessions);
    return ExitCode::ok;
}

}  // namespace

Command add_user_password(CLI::App& user) {
    CLI::App* app = user.add_subcommand("password", "Give a user a new password");
    const auto options = std::make_shared<UserPasswordOptions>();
    add_user_argument(*app, options->user)->required();
    add_password_stdin(*app, options->password_stdin);
    app->add_flag("--keep-sessions", options->keep_sessions,
                  "Let the user's sessions go on; otherwise they end");
    add_format(*app, options->format);
    add_password_setting_options(*app, options->administration);
    app->footer(
        "Without --password-stdin the password is asked for, twice, on the terminal.\n\n"
        "Examples:\n"
        "  roster user password b@b.com\n"
        "  pwgen -s 20 1 | tee password.txt | roster user password b@b.com --password-stdin");
    return Command(*app, [options] { return set_password(*options); });
}

}  // namespace roster::cli
