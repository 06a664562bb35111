#include "cli/admin/admin_api.hpp"
#include "cli/commands/command_options.hpp"
#include "cli/commands/commands.hpp"
#include "cli/config/options.hpp"
#include "cli/io/terminal.hpp"
#include "cli/io/user_format.hpp"
#include "core/text.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace roster::cli {
namespace {

struct SessionListOptions {
    AdminSettings settings;
    Format format = Format::table;
    UserArgument user;
    /// nullopt: of every kind.
    std::optional<SessionKind> kind;
};

struct SessionRevokeOptions {
    AdminSettings settings;
    Format format = Format::table;
    std::vector<std::string> ids;
    UserArgument user;
    bool all = false;
    bool yes = false;
};

ExitCode list_sessions(const SessionListOptions& options) {
    const auto view = open_admin_view(options.settings);
    std::optional<User> owner;
    if (options.user.is_given()) owner = find_user(*view, options.user);

    Listing listing(std::cout, options.format, options.kind ? "tokens" : "sessions",
                    session_columns());
    const auto add = [&](const User& user, const std::vector<Session>& sessions) {
        for (const Session& session : sessions) {
            if (options.kind && session.kind != options.kind) continue;
            if (listing.is_table())
                listing.add_row(session_row(session, user));
            else
                listing.add_object(session_json(session, user));
        }
    };
    if (owner)
        add(*owner, view->sessions_of(*owner));
    else
        for_each_session_owner(*view, add);
    listing.end();
    return ExitCode::ok;
}

// Returns how many ended; `missing` are the ids that no session has.
std::size_t revoke_each(AdminApi& api, const std::vector<std::string>& ids,
                        std::vector<std::string>& missing) {
    std::size_t revoked = 0;
    const auto end = [&](const std::string& id) {
        if (api.end_session(parse_digits(id).value_or(0)))
            ++revoked;
        else
            missing.push_back(id);
    };
    const std::optional<SessionId> own = ids.size() > 1 ? api.own_session() : std::nullopt;
    const std::string* last = nullptr;
    for (const std::string& id : ids) {
        if (own && parse_digits(id) == own)
            last = &id;
        else
            end(id);
    }
    // The others could not be ended afterwards.
    if (last != nullptr) end(*last);
    return revoked;
}

std::size_t revoke_all(AdminApi& api, bool yes) {
    std::size_t sessions = 0;
    std::size_t owners = 0;
    for_each_session_owner(api, [&](const User&, const std::vector<Session>& alive) {
        sessions += alive.size();
        ++owners;
    });
    if (sessions == 0) return 0;
    confirm("End " + counted(sessions, "session") + " of " + counted(owners, "user") + "?", yes);
    std::size_t revoked = 0;
    std::optional<User> self;
    for_each_session_owner(api, [&](const User& owner, const std::vector<Session>&) {
        if (api.is_own(owner))
            self = owner;
        else
            revoked += api.end_sessions(owner);
    });
    // The others' could not be ended afterwards.
    if (self) revoked += api.end_sessions(*self);
    return revoked;
}

ExitCode revoke(const SessionRevokeOptions& options) {
    const int ways =
        (options.ids.empty() ? 0 : 1) + (options.user.is_given() ? 1 : 0) + (options.all ? 1 : 0);
    if (ways != 1) throw UsageError("say which: IDs of sessions, or --user USER, or --all");
    const auto api = open_admin_api(options.settings);
    std::vector<std::string> missing;
    const std::size_t revoked = options.all ? revoke_all(*api, options.yes)
                                : options.user.is_given()
                                    ? api->end_sessions(find_user(*api, options.user))
                                    : revoke_each(*api, options.ids, missing);
    print(std::cout, options.format == Format::table
                         ? "revoked " + counted(revoked, "session") + "\n"
                         : "{\"revoked\":" + std::to_string(revoked) + "}\n");
    if (missing.empty()) return ExitCode::ok;
    throw Refused(ExitCode::not_found, "no session has the id " + CLI::detail::join(missing, ", ") +
                                           "; 'roster session list' shows all sessions");
}

void add_session_list(CLI::App& session, Commands& commands) {
    auto [app, options] = add_command(session, commands, "list",
                                      "Show the sessions of one user or of all", list_sessions);
    add_user_argument(app, options.user);
    add_format(app, options.format);
    add_reading_settings(app, options.settings);
    app.footer(
        "Those of all are sorted by user. A table cuts long labels and user agents, JSON does "
        "not.\n"
        "Works beside a running server.\n\n"
        "Examples:\n"
        "  roster session list\n"
        "  roster session list b@b.com --format json");
}

CLI::Option* add_ids(CLI::App& app, std::vector<std::string>& target, const std::string& text) {
    const auto is_id = [](const std::string& value) {
        const bool is_number = !value.empty() && std::all_of(value.begin(), value.end(), is_digit);
        return is_number ? std::string()
                         : "must be ids of sessions, not '" + escape_for_terminal(value) + "'";
    };
    return app.add_option("ID", target, text)->check(is_id)->type_name("");
}

void add_revoke(CLI::App& session, Commands& commands) {
    auto [app, options] =
        add_command(session, commands, "revoke", "End sessions: some, a user's, or all", revoke);
    add_ids(app, options.ids, "Ids, as 'roster session list' shows them");
    add_text(app, "--user", options.user.text, "USER", "All sessions of this user");
    add_by_email(app, options.user);
    app.add_flag("--all", options.all, "All sessions of all users");
    add_yes(app, options.yes);
    add_format(app, options.format);
    add_changing_settings(app, options.settings);
    app.footer(
        "--all asks on the terminal; without one, --yes is required.\n"
        "An id that no session has is reported, with exit code 3; the others are ended.\n\n"
        "Examples:\n"
        "  roster session revoke 4 5\n"
        "  roster session revoke --user b@b.com\n"
        "  roster session revoke --all --yes");
}

void add_token_list(CLI::App& token, Commands& commands) {
    auto [app, options] = add_command(token, commands, "list",
                                      "Show the tokens of one user or of all", list_sessions);
    options.kind = SessionKind::token;
    add_user_argument(app, options.user);
    add_format(app, options.format);
    add_reading_settings(app, options.settings);
    app.footer(
        "They are the sessions of kind token; the tokens themselves nobody can show.\n\n"
        "Examples:\n"
        "  roster token list\n"
        "  roster token list b@b.com --format json");
}

void add_token_revoke(CLI::App& token, Commands& commands) {
    auto [app, options] = add_command(token, commands, "revoke", "End tokens", revoke);
    add_ids(app, options.ids, "Ids, as 'roster token list' shows them")->required();
    add_format(app, options.format);
    add_changing_settings(app, options.settings);
    app.footer(
        "The same as 'roster session revoke'.\n\n"
        "Example:\n"
        "  roster token revoke 4 5");
}

}  // namespace

void add_session_commands(CLI::App& program, Commands& commands) {
    CLI::App* session = program.add_subcommand("session", "Manage sessions");
    session->footer(
        "With --server they are those of a running server, after 'roster login'.\n\n"
        "Examples:\n"
        "  roster session list\n"
        "  roster session revoke --user b@b.com");
    add_session_list(*session, commands);
    add_revoke(*session, commands);
    CLI::App* token = program.add_subcommand("token", "Manage the tokens of programs");
    token->footer(
        "Examples:\n"
        "  roster token create ci --server https://accounts.example.com\n"
        "  roster token list");
    add_token_list(*token, commands);
    add_token_create(*token, commands);
    add_token_revoke(*token, commands);
}

}  // namespace roster::cli
