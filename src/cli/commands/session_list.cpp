#include "cli/admin/admin_api.hpp"
#include "cli/commands/session_commands.hpp"
#include "cli/io/listing.hpp"
#include "cli/io/paging.hpp"
#include "cli/io/user_format.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>

namespace roster::cli {
namespace {

constexpr std::string_view kWithServer =
    "no command of 'roster client' does this, so it has to be stopped";

class SessionListOptions {
  public:
    AdminOptions administration;
    Format format = Format::table;
    UserArgument user;
};

ExitCode list(const SessionListOptions& options) {
    AdminApi administration(options.administration, kWithServer);
    std::optional<User> owner;
    if (options.user.is_given()) owner = administration.find(options.user);

    Listing listing(std::cout, options.format, "sessions", session_columns());
    const auto add = [&listing](const User& user, const std::vector<Session>& sessions) {
        for (const Session& session : sessions) {
            if (listing.is_table())
                listing.add_row(session_row(session, user));
            else
                listing.add_object(session_json(session, user));
        }
    };
    if (owner)
        add(*owner, sessions_of(administration, *owner));
    else
        for_each_owner(administration, add);
    listing.end();
    return ExitCode::ok;
}

}  // namespace

Command add_session_list(CLI::App& session) {
    CLI::App* app =
        session.add_subcommand("list", "Show the sessions that are alive, of one user or of all");
    const auto options = std::make_shared<SessionListOptions>();
    add_user_argument(*app, options->user);
    add_format(*app, options->format);
    add_reading_options(*app, options->administration);
    app->footer(
        "Of all, they come by user. A table cuts long labels and user agents, JSON does not.\n\n"
        "Examples:\n"
        "  roster session list\n"
        "  roster session list b@b.com --format json");
    return Command(*app, [options] { return list(*options); });
}

}  // namespace roster::cli
