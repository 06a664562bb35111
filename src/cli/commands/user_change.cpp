#include "cli/commands/user_change.hpp"

#include "accounts/wait_for.hpp"
#include "cli/admin/admin_api.hpp"
#include "cli/commands/metadata_option.hpp"
#include "cli/commands/user_commands.hpp"
#include "cli/commands/user_filter.hpp"
#include "cli/config/options.hpp"
#include "cli/io/escape.hpp"
#include "cli/io/exit_code.hpp"
#include "cli/io/paging.hpp"
#include "cli/io/user_format.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>
#include <utility>

namespace roster::cli {
namespace {

constexpr std::string_view kSetWithServer =
    "it changes an e-mail together with the password: 'roster client', then 'login EMAIL' as an "
    "administrator, and 'put ID EMAIL'; a role or metadata takes the server to be stopped";
constexpr std::string_view kDisableWithServer =
    "no command of 'roster client' does this, so it has to be stopped";

class UserSetOptions {
  public:
    AdminOptions administration;
    Format format = Format::table;
    UserArgument user;
    std::string email;
    std::optional<Role> role;
    std::optional<std::string> metadata;
};

class UserSwitchOptions {
  public:
    AdminOptions administration;
    Format format = Format::table;
    UserArgument user;
};

User modify(AdminApi& administration, const User& user, accounts::AccountChange change) {
    auto modified = accounts::wait_for(
        administration.accounts().modify(local_operator(), user.id, std::move(change)));
    return value_or_refuse(std::move(modified.answer()), subject_of(user));
}

accounts::AccountChange difference(const User& user, const UserSetOptions& wanted) {
    accounts::AccountChange change;
    if (!wanted.email.empty() && wanted.email != user.email) change.email = wanted.email;
    if (wanted.role && *wanted.role != user.role) change.role = wanted.role;
    if (wanted.metadata && *wanted.metadata != user.metadata) change.metadata = wanted.metadata;
    return change;
}

ExitCode set(const UserSetOptions& options) {
    if (options.email.empty() && !options.role && !options.metadata)
        throw UsageError("say what to change, with --email, --role or --metadata");
    AdminApi administration(options.administration, kSetWithServer);
    const User before = administration.find(options.user);
    accounts::AccountChange change = difference(before, options);
    if (!change.email && !change.role && !change.metadata) {
        print_change(options.format, before, false,
                     subject_of(before) + " is so already; nothing was changed");
        return ExitCode::ok;
    }
    const User after = modify(administration, before, std::move(change));
    print_change(options.format, after, true,
                 "changed " + subject_of(after) + " (" + std::string(to_string(after.role)) + ")");
    return ExitCode::ok;
}

ExitCode switch_user(const UserSwitchOptions& options, bool disabled) {
    AdminApi administration(options.administration, kDisableWithServer);
    const User before = administration.find(options.user);
    const std::string done = disabled ? "disabled" : "enabled";
    if (before.disabled == disabled) {
        print_change(options.format, before, false,
                     subject_of(before) + " is " + done + " already; nothing was changed");
        return ExitCode::ok;
    }
    const std::size_t sessions = sessions_of(administration, before).size();
    accounts::AccountChange change;
    change.disabled = disabled;
    const User after = modify(administration, before, std::move(change));
    const std::string ended =
        sessions == 0 ? std::string() : "; " + counted(sessions, "session") + " ended";
    print_change(options.format, after, true, done + " " + subject_of(after) + ended);
    return ExitCode::ok;
}

Command add_switch(CLI::App& user, bool disabled, const char* name, const char* text,
                   const char* footer) {
    CLI::App* app = user.add_subcommand(name, text);
    const auto options = std::make_shared<UserSwitchOptions>();
    add_user_argument(*app, options->user)->required();
    add_format(*app, options->format);
    add_changing_options(*app, options->administration);
    app->footer(footer);
    return Command(*app, [options, disabled] { return switch_user(*options, disabled); });
}

}  // namespace

void print_change(Format format, const User& user, bool changed, const std::string& sentence) {
    if (format == Format::table) return print(std::cout, sentence + "\n");
    std::string json = user_json(user);
    append_member(json, "changed", changed ? "true" : "false");
    print(std::cout, escape_bidi(json) + "\n");
}

Command add_user_set(CLI::App& user) {
    CLI::App* app = user.add_subcommand("set", "Change a user's e-mail, role or metadata");
    const auto options = std::make_shared<UserSetOptions>();
    add_user_argument(*app, options->user)->required();
    add_text(*app, "--email", options->email, "EMAIL", "The new e-mail address");
    add_role(*app, options->role, "What the user may do from now on");
    add_metadata(*app, options->metadata, "What to keep about the user, instead of all there was");
    add_format(*app, options->format);
    add_changing_options(*app, options->administration);
    app->footer(
        "Where everything is as wanted already, nothing is changed, and the exit code is 0.\n\n"
        "Examples:\n"
        "  roster user set b@b.com --role admin\n"
        "  roster user set 17 --email new@b.com\n"
        "  roster user set 17 --metadata '{\"team\":\"red\"}'");
    return Command(*app, [options] { return set(*options); });
}

Command add_user_disable(CLI::App& user) {
    return add_switch(user, true, "disable", "Let a user log in no more, and end his sessions",
                      "Disabling somebody who is disabled is no error.\n\n"
                      "Examples:\n"
                      "  roster user disable b@b.com\n"
                      "  roster user disable 17 --format json");
}

Command add_user_enable(CLI::App& user) {
    return add_switch(user, false, "enable", "Let a disabled user log in again",
                      "Enabling somebody who is not disabled is no error.\n\n"
                      "Examples:\n"
                      "  roster user enable b@b.com");
}

}  // namespace roster::cli
