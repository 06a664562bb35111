#include "accounts/wait_for.hpp"
#include "cli/admin/admin_api.hpp"
#include "cli/commands/session_commands.hpp"
#include "cli/config/options.hpp"
#include "cli/io/exit_code.hpp"
#include "cli/io/listing.hpp"
#include "cli/io/paging.hpp"
#include "cli/io/prompts.hpp"
#include "cli/io/user_format.hpp"
#include "core/text.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace roster::cli {
namespace {

constexpr std::string_view kWithServer =
    "a new password ends all of a user's sessions: 'roster client', then 'login EMAIL' as an "
    "administrator, and 'put ID EMAIL'; anything else takes the server to be stopped";

class SessionRevokeOptions {
  public:
    AdminOptions administration;
    Format format = Format::table;
    std::vector<std::string> ids;
    UserArgument user;
    bool all = false;
    bool yes = false;
};

// How many sessions were ended, and what could not be.
class Revoked {
  public:
    std::size_t count = 0;
    std::vector<std::string> missing;
};

void check_choice(const SessionRevokeOptions& options) {
    const int ways =
        (options.ids.empty() ? 0 : 1) + (options.user.is_given() ? 1 : 0) + (options.all ? 1 : 0);
    if (ways != 1) throw UsageError("say which: IDs of sessions, or --user USER, or --all");
}

Revoked revoke_each(AdminApi& administration, const std::vector<std::string>& ids) {
    Revoked revoked;
    for (const std::string& text : ids) {
        const auto id = parse_number(text);
        const result<void> ended = accounts::wait_for(
            administration.accounts().end_session(local_operator(), id.value_or(0)));
        if (ended)
            ++revoked.count;
        else if (ended.error() == Errc::session_not_found)
            revoked.missing.push_back(text);
        else
            refuse("session " + text, ended.error());
    }
    return revoked;
}

std::size_t revoke_all_of(AdminApi& administration, const User& user) {
    return value_or_refuse(accounts::wait_for(administration.accounts().end_sessions(
                               local_operator(), user.id, false)),
                           subject_of(user));
}

Revoked revoke_all(AdminApi& administration, bool yes) {
    std::size_t sessions = 0;
    std::size_t owners = 0;
    for_each_owner(administration, [&](const User&, const std::vector<Session>& alive) {
        sessions += alive.size();
        ++owners;
    });
    Revoked revoked;
    if (sessions == 0) return revoked;
    confirm("End " + counted(sessions, "session") + " of " + counted(owners, "user") + "?", yes);
    for_each_owner(administration, [&](const User& owner, const std::vector<Session>&) {
        revoked.count += revoke_all_of(administration, owner);
    });
    return revoked;
}

Revoked revoke_chosen(AdminApi& administration, const SessionRevokeOptions& options) {
    if (options.all) return revoke_all(administration, options.yes);
    if (!options.user.is_given()) return revoke_each(administration, options.ids);
    Revoked revoked;
    revoked.count = revoke_all_of(administration, administration.find(options.user));
    return revoked;
}

ExitCode revoke(const SessionRevokeOptions& options) {
    check_choice(options);
    AdminApi administration(options.administration, kWithServer);
    const Revoked revoked = revoke_chosen(administration, options);
    print(std::cout, options.format == Format::table
                         ? "revoked " + counted(revoked.count, "session") + "\n"
                         : "{\"revoked\":" + std::to_string(revoked.count) + "}\n");
    if (revoked.missing.empty()) return ExitCode::ok;
    std::string ids;
    for (const std::string& id : revoked.missing)
        ids += (ids.empty() ? "" : ", ") + shown(id);
    refuse("session " + ids, Errc::session_not_found);
}

}  // namespace

Command add_session_revoke(CLI::App& session) {
    CLI::App* app = session.add_subcommand("revoke", "End sessions: some, a user's, or all");
    const auto options = std::make_shared<SessionRevokeOptions>();
    const auto is_id = [](const std::string& value) {
        const bool is_number = !value.empty() && std::all_of(value.begin(), value.end(), is_digit);
        return is_number ? std::string() : "must be ids of sessions, not '" + shown(value) + "'";
    };
    app->add_option("ID", options->ids, "Ids, as 'roster session list' shows them")
        ->check(is_id)
        ->type_name("");
    add_text(*app, "--user", options->user.text, "USER", "All sessions of this user");
    add_by_email(*app, options->user);
    app->add_flag("--all", options->all, "All sessions of all users");
    add_yes(*app, options->yes);
    add_format(*app, options->format);
    add_changing_options(*app, options->administration);
    app->footer(
        "--all asks on the terminal; where there is none, it takes --yes.\n"
        "An id that no session has is reported, with exit code 3; the others are ended.\n\n"
        "Examples:\n"
        "  roster session revoke 4 5\n"
        "  roster session revoke --user b@b.com\n"
        "  roster session revoke --all --yes");
    return Command(*app, [options] { return revoke(*options); });
}

}  // namespace roster::cli
