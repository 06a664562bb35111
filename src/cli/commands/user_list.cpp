#include "cli/admin/admin_api.hpp"
#include "cli/commands/user_commands.hpp"
#include "cli/commands/user_filter.hpp"
#include "cli/config/options.hpp"
#include "cli/io/escape.hpp"
#include "cli/io/listing.hpp"
#include "cli/io/paging.hpp"
#include "cli/io/user_format.hpp"
#include "storage/core/user_rules.hpp"
#include "storage/core/user_search.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <iostream>
#include <limits>
#include <memory>
#include <string>

namespace roster::cli {
namespace {

constexpr std::string_view kWithServer =
    "it shows users, too: 'roster client', then 'login EMAIL' as an administrator, and 'get'";

class UserListOptions {
  public:
    AdminOptions administration;
    Format format = Format::table;
    UserQuery query;
    std::size_t limit = std::numeric_limits<std::size_t>::max();
    std::size_t after = 0;
};

class UserShowOptions {
  public:
    AdminOptions administration;
    Format format = Format::table;
    UserArgument user;
};

// Where the list begins behind an id, the query is for the page behind the one that ends with it.
UserQuery query_of(const UserListOptions& options) {
    UserQuery query = options.query;
    if (options.after == 0) return query;
    storage::Position position;
    position.id = std::min<UserId>(options.after, kMaxNumber);
    query.cursor = storage::make_cursor(position, query);
    return query;
}

ExitCode list(const UserListOptions& options) {
    AdminApi administration(options.administration, kWithServer);
    Listing listing(std::cout, options.format, "users", user_columns());
    for_each_found(administration, query_of(options), options.limit, [&](const User& user) {
        if (listing.is_table())
            listing.add_row(user_row(user));
        else
            listing.add_object(user_json(user));
    });
    listing.end();
    return ExitCode::ok;
}

std::string as_lines(const User& user, std::size_t sessions) {
    auto names = user_columns();
    Row values = user_row(user);
    names.emplace_back("metadata");
    values.push_back(user.metadata);
    names.emplace_back("sessions");
    values.push_back(std::to_string(sessions));
    std::string out;
    for (std::size_t i = 0; i < names.size(); ++i)
        out +=
            names[i].name + std::string(12 - names[i].name.size(), ' ') + shown(values[i]) + "\n";
    return out;
}

ExitCode show(const UserShowOptions& options) {
    AdminApi administration(options.administration, kWithServer);
    const User user = administration.find(options.user);
    const std::size_t sessions = sessions_of(administration, user).size();
    if (options.format == Format::table) {
        print(std::cout, as_lines(user, sessions));
        return ExitCode::ok;
    }
    std::string json = user_json(user);
    append_member(json, "sessions", std::to_string(sessions));
    print(std::cout, escape_bidi(json) + "\n");
    return ExitCode::ok;
}

void add_limits(CLI::App& app, UserListOptions& options) {
    constexpr auto kMost = std::numeric_limits<std::size_t>::max();
    add_number(app, "--limit", options.limit, 1, kMost, "Show so many at most")->default_str("all");
    add_number(app, "--after", options.after, 0, kMost, "Begin behind this id")
        ->excludes(app.get_option("--sort"));
}

}  // namespace

Command add_user_list(CLI::App& user) {
    CLI::App* list_app = user.add_subcommand("list", "Show users");
    const auto options = std::make_shared<UserListOptions>();
    add_user_query(*list_app, options->query);
    add_limits(*list_app, *options);
    add_format(*list_app, options->format);
    add_reading_options(*list_app, options->administration);
    list_app->footer(
        "Examples:\n"
        "  roster user list --role admin\n"
        "  roster user list --search @example.com --disabled no\n"
        "  roster user list --sort -created_at,email --limit 20\n"
        "  roster user list --limit 100 --after 4711\n"
        "  roster user list --format ndjson | jq -r .email");
    return Command(*list_app, [options] { return list(*options); });
}

Command add_user_show(CLI::App& user) {
    CLI::App* show_app = user.add_subcommand("show", "Show a user, and how many sessions he has");
    const auto options = std::make_shared<UserShowOptions>();
    add_user_argument(*show_app, options->user)->required();
    add_format(*show_app, options->format);
    add_reading_options(*show_app, options->administration);
    show_app->footer(
        "Examples:\n"
        "  roster user show a@a.com\n"
        "  roster user show 17 --format json");
    return Command(*show_app, [options] { return show(*options); });
}

}  // namespace roster::cli
