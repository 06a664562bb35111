#include "cli/admin/admin_api.hpp"
#include "cli/commands/command_options.hpp"
#include "cli/commands/commands.hpp"
#include "cli/config/options.hpp"
#include "core/json/raw_json.hpp"
#include "core/time.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <string>

namespace roster::cli {
namespace {

struct LimitOptions {
    AdminSettings settings;
    Format format = Format::table;
    std::string key;
};

ExitCode list_limits(const LimitOptions& options) {
    const auto api = open_admin_api(options.settings);
    Listing listing(std::cout, options.format, "limits",
                    {Column("key"), Column("since"), Column("until")});
    api->for_each_delay([&listing](const ApiDelay& delay) {
        const std::string since = to_rfc3339(delay.since);
        const std::string until = to_rfc3339(delay.until);
        if (listing.is_table())
            return listing.add_row({escape_for_terminal(delay.key), since, until});
        std::string json = "{\"key\":";
        append_json_string(delay.key, json);
        json += ",\"since\":\"" + since + "\",\"until\":\"" + until + "\"}";
        listing.add_object(json);
    });
    listing.end();
    return ExitCode::ok;
}

ExitCode forgive_limit(const LimitOptions& options) {
    const auto api = open_admin_api(options.settings);
    const std::string key = escape_for_terminal(options.key);
    if (!api->forgive(options.key))
        throw Refused(ExitCode::not_found, "nothing is counted by the key '" + key +
                                               "'; 'roster limit list' shows whom the rate "
                                               "limiter delays");
    print(std::cout, options.format == Format::table ? "forgave " + key + "\n"
                                                     : std::string("{\"forgiven\":true}\n"));
    return ExitCode::ok;
}

}  // namespace

void add_limit_commands(CLI::App& program, Commands& commands) {
    CLI::App* limit =
        program.add_subcommand("limit", "Show and forgive what the rate limiter counts");
    limit->footer(
        "With --server they are those of a running server, after 'roster login'.\n\n"
        "Examples:\n"
        "  roster limit list\n"
        "  roster limit forgive 'network 192.0.2.1'");
    auto [list, listed] =
        add_command(*limit, commands, "list", "Show whom the rate limiter delays", list_limits);
    add_format(list, listed.format);
    add_changing_settings(list, listed.settings);
    list.footer(
        "Networks, accounts and pairs of both, with the last event that counted and when one more\n"
        "attempt will be let through.\n\n"
        "Examples:\n"
        "  roster limit list\n"
        "  roster limit list --server https://accounts.example.com --format json");
    auto [forgive, forgiven] =
        add_command(*limit, commands, "forgive", "Let somebody try again at once", forgive_limit);
    add_argument(forgive, "KEY", forgiven.key, "A key, as 'roster limit list' shows it");
    add_format(forgive, forgiven.format);
    add_changing_settings(forgive, forgiven.settings);
    forgive.footer(
        "A key that nothing is counted by is reported, with exit code 3.\n\n"
        "Examples:\n"
        "  roster limit forgive 'network 192.0.2.1'\n"
        "  roster limit forgive 'guesses account:17' --server https://accounts.example.com");
}

}  // namespace roster::cli
