#include "accounts/credentials.hpp"
#include "accounts/wait_for.hpp"
#include "cli/admin/admin_api.hpp"
#include "cli/commands/metadata_option.hpp"
#include "cli/commands/user_change.hpp"
#include "cli/commands/user_commands.hpp"
#include "cli/commands/user_filter.hpp"
#include "cli/config/options.hpp"
#include "cli/io/prompts.hpp"
#include "cli/io/user_format.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace roster::cli {
namespace {

constexpr std::string_view kWithServer =
    "anybody can add an ordinary user there: 'roster client', then 'signup EMAIL'";

class UserAddOptions {
  public:
    AdminOptions administration;
    Format format = Format::table;
    std::string email;
    std::optional<Role> role;
    std::optional<std::string> metadata;
    bool disabled = false;
    bool if_absent = false;
    bool password_stdin = false;
};

// Before a person types a password for nothing.
void check_before_asking(const UserAddOptions& options, const User& present) {
    const auto valid = accounts::check_email(options.email);
    if (!valid) refuse(options.email, valid.error());
    if (present.id != 0 && !options.password_stdin) refuse(options.email, Errc::email_taken);
}

ExitCode add(const UserAddOptions& options) {
    // Opened before the password is asked for: who must stop a server first should not type it
    // twice.
    AdminApi administration(options.administration, kWithServer);
    const User present = administration.find_email(options.email);
    if (options.if_absent && present.id != 0) {
        print_change(options.format, present, false,
                     subject_of(present) + " is there already; nothing was changed");
        return ExitCode::ok;
    }
    check_before_asking(options, present);
    accounts::NewAccount account(options.email, new_password(options.email, options.password_stdin),
                                 options.role.value_or(Role::user));
    account.disabled = options.disabled;
    if (options.metadata) account.metadata = *options.metadata;
    auto added =
        accounts::wait_for(administration.accounts().sign_up(local_operator(), std::move(account)));
    if (!added) administration.refuse_password(options.email, added.error());
    print_change(options.format, *added, true,
                 "added " + subject_of(*added) + " (" + std::string(to_string(added->role)) +
                     (added->disabled ? ", disabled)" : ")"));
    return ExitCode::ok;
}

}  // namespace

Command add_user_add(CLI::App& user) {
    CLI::App* app = user.add_subcommand("add", "Add a user");
    const auto options = std::make_shared<UserAddOptions>();
    app->add_option("EMAIL", options->email, "The new user's e-mail address")
        ->required()
        ->type_name("");
    add_role(*app, options->role, "What the new user may do")->default_str("user");
    app->add_flag("--disabled", options->disabled, "Nobody can log in as this user yet");
    add_metadata(*app, options->metadata, "What to keep about the user, an object")
        ->default_str("{}");
    app->add_flag("--if-absent", options->if_absent,
                  "Change nothing and succeed where somebody has this e-mail already");
    add_password_stdin(*app, options->password_stdin);
    add_format(*app, options->format);
    add_password_setting_options(*app, options->administration);
    app->footer(
        "Without --password-stdin the password is asked for, twice, on the terminal.\n"
        "With --if-absent whoever is there stays as he is: role and password, too.\n\n"
        "Examples:\n"
        "  roster user add --role admin a@a.com\n"
        "  pwgen -s 20 1 | tee admin.txt | roster user add --password-stdin --role admin "
        "a@a.com\n"
        "  roster user add --if-absent --password-stdin ci@example.com < password.txt");
    return Command(*app, [options] { return add(*options); });
}

}  // namespace roster::cli
