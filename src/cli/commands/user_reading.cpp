#include "cli/admin/admin_api.hpp"
#include "cli/commands/command_options.hpp"
#include "cli/commands/commands.hpp"
#include "cli/config/options.hpp"
#include "cli/io/user_format.hpp"
#include "core/json/user_json.hpp"
#include "storage/core/user_search.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <iostream>
#include <limits>
#include <memory>
#include <string>

namespace roster::cli {
namespace {

struct UserListOptions {
    AdminSettings settings;
    Format format = Format::table;
    UserQuery query;
    std::size_t limit = std::numeric_limits<std::size_t>::max();
    std::size_t after = 0;
};

struct UserShowOptions {
    AdminSettings settings;
    Format format = Format::table;
    UserArgument user;
};

// A list that begins after an id is the page after the one that ends with it.
UserQuery query_of(const UserListOptions& options) {
    UserQuery query = options.query;
    if (options.after == 0) return query;
    storage::Position position;
    position.id = std::min<UserId>(options.after, kMaxNumber);
    query.cursor = storage::make_cursor(position, query);
    return query;
}

ExitCode list_users(const UserListOptions& options) {
    const auto view = open_admin_view(options.settings);
    Listing listing(std::cout, options.format, "users", user_columns());
    for_each_match(*view, query_of(options), options.limit, [&](const User& user) {
        if (listing.is_table())
            listing.add_row(user_row(user));
        else
            listing.add_object(user_json(user));
    });
    listing.end();
    return ExitCode::ok;
}

std::string as_lines(const User& user, std::size_t sessions) {
    auto cells = user_cells(user);
    cells.emplace_back("sessions", std::to_string(sessions));
    std::size_t longest = 0;
    for (const auto& [name, value] : cells)
        longest = std::max(longest, name.size());
    std::string out;
    for (const auto& [name, value] : cells)
        out +=
            name + std::string(longest + 2 - name.size(), ' ') + escape_for_terminal(value) + "\n";
    return out;
}

ExitCode show(const UserShowOptions& options) {
    const auto view = open_admin_view(options.settings);
    const User user = find_user(*view, options.user);
    const std::size_t sessions = view->sessions_of(user).size();
    if (options.format == Format::table) {
        print(std::cout, as_lines(user, sessions));
        return ExitCode::ok;
    }
    const std::string json = user_json(user, "sessions", std::to_string(sessions));
    print(std::cout, escape_bidi(json) + "\n");
    return ExitCode::ok;
}

void add_user_list(CLI::App& user, Commands& commands) {
    auto [app, options] = add_command(user, commands, "list", "Show users", list_users);
    constexpr auto kMost = std::numeric_limits<std::size_t>::max();
    add_user_query(app, options.query);
    add_number(app, "--limit", options.limit, 1, kMost, "Show at most this many users")
        ->default_str("all");
    add_number(app, "--after", options.after, 0, kMost, "Begin after this id")
        ->excludes(app.get_option("--sort"));
    add_format(app, options.format);
    add_reading_settings(app, options.settings);
    app.footer(
        "Works beside a running server.\n\n"
        "Examples:\n"
        "  roster user list --role admin\n"
        "  roster user list --search @example.com --disabled no\n"
        "  roster user list --sort -created_at,email --limit 20\n"
        "  roster user list --limit 100 --after 4711\n"
        "  roster user list --format ndjson | jq -r .email");
}

void add_show(CLI::App& user, Commands& commands) {
    auto [app, options] =
        add_command(user, commands, "show", "Show a user, and how many sessions they have", show);
    add_user_argument(app, options.user)->required();
    add_format(app, options.format);
    add_reading_settings(app, options.settings);
    app.footer(
        "Works beside a running server.\n\n"
        "Examples:\n"
        "  roster user show a@a.com\n"
        "  roster user show 17 --format json");
}

}  // namespace

void add_user_reading_commands(CLI::App& user, Commands& commands) {
    add_user_list(user, commands);
    add_show(user, commands);
}

}  // namespace roster::cli
