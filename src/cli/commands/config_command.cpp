#include "cli/admin/server_access.hpp"
#include "cli/commands/command_options.hpp"
#include "cli/commands/commands.hpp"
#include "cli/config/command_settings.hpp"
#include "cli/config/settings.hpp"
#include "core/json/raw_json.hpp"
#include "core/text.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>
#include <string>
#include <vector>

namespace roster::cli {
namespace {

struct ConfigOptions {
    AdminSettings settings;
    Format format = Format::table;
    /// Of this command itself.
    std::vector<ServerSetting> given;
    const CLI::App* program = nullptr;
};

// As `roster serve` would have them, with what this command was given.
std::vector<ServerSetting> settings_of_serve(const ConfigOptions& options) {
    CLI::App& serve = *options.program->get_subcommand("serve");
    for (const ServerSetting& setting : options.given)
        if (setting.source == "flag") {
            CLI::Option& option = *serve.get_option("--" + setting.name);
            option.add_result(*setting.value);
            option.run_callback();
        }
    return complete_options(*options.program, serve, process_environment);
}

std::vector<ServerSetting> find_settings(const ConfigOptions& options) {
    const std::string& server = options.settings.server;
    if (!server.empty()) return open_server_admin(server)->config();
    if (const auto running = connect_to_server_of(options.settings)) return running->config();
    std::cerr << "note: no server of " << printable(masked_url(options.settings.store))
              << " answers this user on its admin socket; 'roster serve' would have these settings"
              << std::endl;
    return settings_of_serve(options);
}

ExitCode show_config(const ConfigOptions& options) {
    Listing listing(std::cout, options.format, "settings",
                    {Column("name"), Column("value"), Column("source")});
    for (const ServerSetting& setting : find_settings(options)) {
        if (listing.is_table()) {
            listing.add_row(
                {setting.name, escape_for_terminal(setting.value.value_or("")), setting.source});
            continue;
        }
        std::string json = "{\"name\":";
        append_json_string(setting.name, json);
        json += ",\"value\":";
        setting.value ? append_json_string(*setting.value, json) : void(json += "null");
        json += ",\"source\":\"" + setting.source + "\"}";
        listing.add_object(json);
    }
    listing.end();
    return ExitCode::ok;
}

}  // namespace

void add_config_command(CLI::App& program, Commands& commands) {
    auto [app, options] = add_command(program, commands, "config",
                                      "Show the settings of a running server", show_config);
    options.program = &program;
    add_format(app, options.format);
    add_reading_settings(app, options.settings);
    add_admin_socket(app, options.settings.admin_socket);
    commands.back().settings = &options.given;
    app.footer(
        "Each with its value and where that came from: flag, environment, file or default.\n"
        "Of the server that has the store; without one, what 'roster serve' would have.\n\n"
        "Examples:\n"
        "  roster config\n"
        "  roster config --server http://127.0.0.1:8081 --format json");
}

}  // namespace roster::cli
