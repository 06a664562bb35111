#include "accounts/accounts.hpp"
#include "accounts/credentials.hpp"
#include "cli/admin/admin_api.hpp"
#include "cli/commands/command_options.hpp"
#include "cli/commands/commands.hpp"
#include "cli/config/options.hpp"
#include "cli/io/terminal.hpp"
#include "cli/io/user_format.hpp"
#include "core/user_profile.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace roster::cli {
namespace {

// What all of them take; a command uses the members that it declares options for.
struct ChangeOptions {
    AdminSettings settings;
    Format format = Format::table;
    UserArgument user;
    std::string email;
    std::optional<Role> role;
    ProfileChange profile;
    std::optional<std::string> metadata;
    bool disabled = false;
    bool if_absent = false;
    bool password_stdin = false;
    bool no_password = false;
    bool keep_sessions = false;
    bool yes = false;
};

// Prints the sentence; in JSON, the user as it is now and whether it was changed.
ExitCode tell(const ChangeOptions& options, const User& user, bool changed,
              const std::string& sentence) {
    if (options.format == Format::table) {
        print(std::cout, sentence + "\n");
        return ExitCode::ok;
    }
    const std::string json = user_json(user, "changed", changed ? "true" : "false");
    print(std::cout, escape_bidi(json) + "\n");
    return ExitCode::ok;
}

std::string with_sessions(std::size_t count, const std::string& what) {
    return count == 0 ? std::string() : "; " + counted(count, "session") + " " + what;
}

// Before a password is typed for nothing.
void check_new_email(const ChangeOptions& options, bool is_taken) {
    const auto valid = accounts::check_email(options.email);
    if (!valid)
        throw Refused(exit_code(valid.error()),
                      escape_for_terminal(options.email) + ": " + valid.error().message());
    if (!is_taken || options.password_stdin) return;
    throw Refused(ExitCode::conflict, escape_for_terminal(options.email) + ": " +
                                          make_error_code(Errc::email_taken).message() +
                                          "; 'roster user show' shows which user has it");
}

// These open the store before they ask for a password: a store that is in use is told first.

ExitCode add(const ChangeOptions& options) {
    const auto api = open_admin_api(options.settings, IfMissing::make_and_say);
    const std::optional<User> present = api->find_by_login(options.email);
    if (options.if_absent && present)
        return tell(options, *present, false,
                    subject_of(*present) + " exists already; nothing was changed");
    check_new_email(options, present.has_value());
    Secret password = options.no_password ? accounts::new_session_token()
                                          : new_password(options.email, options.password_stdin);
    accounts::NewAccount account(options.email, std::move(password),
                                 options.role.value_or(Role::user));
    account.disabled = options.disabled;
    account.profile = changed_profile({}, options.profile);
    if (options.metadata) account.metadata = *options.metadata;
    const User added = api->add(std::move(account));
    return tell(options, added, true,
                "added " + subject_of(added) + " (" + std::string(to_string(added.role)) +
                    (added.disabled ? ", disabled)" : ")"));
}

ExitCode set_password(const ChangeOptions& options) {
    const auto api = open_admin_api(options.settings);
    const User before = find_user(*api, options.user);
    const std::size_t sessions = api->sessions_of(before).size();
    std::optional<Secret> current;
    if (api->is_own(before)) current = known_password("Current password: ", options.password_stdin);
    accounts::PasswordChange change(
        new_password(before.email, options.password_stdin,
                     current ? "one's own password takes two lines: the current one, the new one"
                             : kEmptyInput));
    change.current_password = std::move(current);
    change.keep_other_sessions = options.keep_sessions;
    const User after = api->change_password(before, std::move(change));
    return tell(options, after, true,
                "changed the password of " + subject_of(after) +
                    with_sessions(sessions, options.keep_sessions ? "kept" : "ended"));
}

ExitCode set(const ChangeOptions& options) {
    if (options.email.empty() && !options.role && !options.metadata &&
        options.profile == ProfileChange())
        throw UsageError("say what to change; 'roster user set --help' lists what there is");
    const auto api = open_admin_api(options.settings);
    const User before = find_user(*api, options.user);
    accounts::AccountChange change;
    if (!options.email.empty() && options.email != before.email) change.email = options.email;
    if (options.role && *options.role != before.role) change.role = options.role;
    change.profile = difference(before.profile, changed_profile(before.profile, options.profile));
    if (options.metadata && *options.metadata != before.metadata)
        change.metadata = options.metadata;
    if (!change.email && !change.role && !change.metadata && change.profile == ProfileChange())
        return tell(options, before, false,
                    subject_of(before) + " has these values already; nothing was changed");
    const User after = api->change(before, std::move(change));
    return tell(options, after, true,
                "changed " + subject_of(after) + " (" + std::string(to_string(after.role)) + ")");
}

ExitCode set_disabled(const ChangeOptions& options) {
    const auto api = open_admin_api(options.settings);
    const User before = find_user(*api, options.user);
    const std::string done = options.disabled ? "disabled" : "enabled";
    if (before.disabled == options.disabled)
        return tell(options, before, false,
                    subject_of(before) + " is " + done + " already; nothing was changed");
    const std::size_t sessions = api->sessions_of(before).size();
    accounts::AccountChange change;
    change.disabled = options.disabled;
    const User after = api->change(before, std::move(change));
    return tell(options, after, true,
                done + " " + subject_of(after) + with_sessions(sessions, "ended"));
}

ExitCode remove(const ChangeOptions& options) {
    const auto api = open_admin_api(options.settings);
    const User user = find_user(*api, options.user);
    const std::size_t sessions = api->sessions_of(user).size();
    confirm("Remove " + subject_of(user) + " (" + std::string(to_string(user.role)) + ") for good?",
            options.yes);
    const User removed = api->remove(user);
    return tell(options, removed, true,
                "removed " + subject_of(removed) + with_sessions(sessions, "ended"));
}

// Declares what is the same for all of them, after the command's own options.
void finish(CLI::App& app, ChangeOptions& options, const char* footer) {
    add_format(app, options.format);
    add_changing_settings(app, options.settings);
    app.footer(footer);
}

void add_add(CLI::App& user, Commands& commands) {
    auto [app, options] = add_command(user, commands, "add", "Add a user", add);
    add_argument(app, "EMAIL", options.email, "The new user's e-mail address");
    add_role(app, options.role, "What the new user may do")->default_str("user");
    app.add_flag("--disabled", options.disabled, "Refuse log-ins until the user is enabled");
    add_profile(app, options.profile);
    add_metadata(app, options.metadata, "What to keep about the user, an object")
        ->default_str("{}");
    app.add_flag("--if-absent", options.if_absent,
                 "Change nothing and succeed if a user has this e-mail already");
    add_password_stdin(app, options.password_stdin);
    app.add_flag("--no-password", options.no_password,
                 "Nobody knows the password, until a link of 'roster user link' sets one")
        ->excludes(app.get_option("--password-stdin"));
    add_password_settings(app, options.settings.passwords);
    finish(app, options,
           "Without --password-stdin the password is asked for, twice, on the terminal.\n"
           "With --if-absent an existing user is left unchanged, including role and password.\n\n"
           "Examples:\n"
           "  roster user add --role admin a@a.com\n"
           "  pwgen -s 20 1 | tee admin.txt | roster user add --password-stdin --role admin "
           "a@a.com\n"
           "  roster user add --if-absent --password-stdin ci@example.com < password.txt\n"
           "  roster user add --no-password b@b.com && roster user link --purpose invite b@b.com");
}

void add_password(CLI::App& user, Commands& commands) {
    auto [app, options] =
        add_command(user, commands, "password", "Set a user's password", set_password);
    add_user_argument(app, options.user)->required();
    add_password_stdin(app, options.password_stdin);
    app.add_flag("--keep-sessions", options.keep_sessions,
                 "Keep the user's sessions; otherwise they end");
    add_password_settings(app, options.settings.passwords);
    finish(app, options,
           "Without --password-stdin the password is asked for, twice, on the terminal.\n"
           "With --server, one's own needs the current password first, on a line of its own.\n\n"
           "Examples:\n"
           "  roster user password b@b.com\n"
           "  pwgen -s 20 1 | tee password.txt | roster user password b@b.com --password-stdin");
}

void add_set(CLI::App& user, Commands& commands) {
    auto [app, options] = add_command(user, commands, "set",
                                      "Change a user's e-mail, profile, role or metadata", set);
    add_user_argument(app, options.user)->required();
    add_text(app, "--email", options.email, "EMAIL", "The new e-mail address");
    add_role(app, options.role, "What the user may do from now on");
    add_profile(app, options.profile);
    add_metadata(app, options.metadata, "What to keep about the user; replaces all there was");
    finish(app, options,
           "--group replaces all groups; '' as a value removes what there was.\n"
           "If the user has these values already, nothing is changed, and the exit code is 0.\n\n"
           "Examples:\n"
           "  roster user set b@b.com --role admin\n"
           "  roster user set 17 --email new@b.com\n"
           "  roster user set 17 --username bob --group media --group admins\n"
           "  roster user set 17 --metadata '{\"team\":\"red\"}'");
}

void add_disable(CLI::App& user, Commands& commands) {
    auto [app, options] = add_command(user, commands, "disable",
                                      "Disable a user and revoke their sessions", set_disabled);
    options.disabled = true;
    add_user_argument(app, options.user)->required();
    finish(app, options,
           "Succeeds if the user is disabled already.\n\n"
           "Examples:\n"
           "  roster user disable b@b.com\n"
           "  roster user disable 17 --format json");
}

void add_enable(CLI::App& user, Commands& commands) {
    auto [app, options] =
        add_command(user, commands, "enable", "Let a disabled user log in again", set_disabled);
    add_user_argument(app, options.user)->required();
    finish(app, options,
           "Succeeds if the user is not disabled.\n\n"
           "Examples:\n"
           "  roster user enable b@b.com");
}

void add_remove(CLI::App& user, Commands& commands) {
    auto [app, options] = add_command(user, commands, "remove",
                                      "Remove a user for good; the id is not reused", remove);
    add_user_argument(app, options.user)->required();
    add_yes(app, options.yes);
    finish(app, options,
           "Asks on the terminal; without one, --yes is required.\n\n"
           "Examples:\n"
           "  roster user remove b@b.com\n"
           "  roster user remove 17 --yes");
}

}  // namespace

void add_user_changing_commands(CLI::App& user, Commands& commands) {
    for (const auto declare : {add_add, add_set, add_password, add_disable, add_enable, add_remove})
        declare(user, commands);
}

}  // namespace roster::cli
