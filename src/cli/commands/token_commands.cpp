// What a server makes and shows once: tokens for programs, and links to set a password.

#include "cli/admin/remote_admin.hpp"
#include "cli/admin/server_access.hpp"
#include "cli/commands/command_options.hpp"
#include "cli/commands/commands.hpp"
#include "cli/config/options.hpp"
#include "cli/io/user_format.hpp"
#include "core/json/raw_json.hpp"
#include "core/text.hpp"
#include "core/time.hpp"

#include <CLI/CLI.hpp>

#include <chrono>
#include <iostream>
#include <memory>
#include <optional>
#include <string>

namespace roster::cli {
namespace {

struct TokenOptions {
    std::string server = kDefaultApi;
    Format format = Format::table;
    std::string label;
    std::optional<std::chrono::seconds> lifetime;
};

struct LinkOptions {
    AdminSettings settings;
    Format format = Format::table;
    UserArgument user;
    std::string purpose = "reset";
    std::optional<std::chrono::seconds> lifetime;
};

// On standard output alone, for a script; the note is for a person.
void show_once(Format format, const std::string& json, const Secret& secret,
               const std::string& note) {
    if (format != Format::table) return print(std::cout, json + "\n");
    std::cerr << "note: " << note << "; it is not shown again" << std::endl;
    print(std::cout, escape_for_terminal(secret.reveal()) + "\n");
}

ExitCode create_token(const TokenOptions& options) {
    const ApiToken made =
        open_server_admin(options.server)->create_token(options.label, options.lifetime);
    const std::string id = std::to_string(made.session.id);
    const std::string end = to_rfc3339(made.session.expires_at);
    std::string json = "{\"id\":" + id + ",\"label\":";
    append_json_string(made.session.label, json);
    json +=
        ",\"expires_at\":\"" + end + "\",\"token\":\"" + std::string(made.token.reveal()) + "\"}";
    show_once(options.format, json, made.token,
              "token " + id + " '" + printable(made.session.label) + "' is valid until " + end);
    return ExitCode::ok;
}

// The link is to a page of a server, which alone knows its URL.
std::unique_ptr<ServerAdmin> server_of(const AdminSettings& settings) {
    if (!settings.server.empty()) return open_server_admin(settings.server);
    if (auto running = connect_to_server_of(settings)) return running;
    throw Refused(ExitCode::failed, "no server answers for " +
                                        printable(masked_url(settings.store)) +
                                        ", and a link leads to a server; start 'roster serve', or "
                                        "say with --server which");
}

ExitCode create_link(const LinkOptions& options) {
    const auto server = server_of(options.settings);
    const User user = find_user(*server, options.user);
    const ApiPasswordLink link = server->create_password_link(
        user, options.purpose == "invite" ? ApiLinkPurpose::invite : ApiLinkPurpose::reset,
        options.lifetime);
    const std::string end = to_rfc3339(link.expires_at);
    const std::string_view url = link.url.reveal();
    if (url.find("://0.0.0.0") != url.npos || url.find("://[::]") != url.npos)
        std::cerr << "warning: no browser can open this link: the server does not know what "
                     "browsers call it; start it with --public-url"
                  << std::endl;
    std::string json = "{\"url\":";
    append_json_string(link.url.reveal(), json);
    json += ",\"expires_at\":\"" + end + "\"}";
    show_once(options.format, json, link.url,
              "a link with which " + subject_of(user) + " sets a password once, until " + end);
    return ExitCode::ok;
}

}  // namespace

void add_token_create(CLI::App& token, Commands& commands) {
    auto [app, options] = add_command(token, commands, "create",
                                      "Create a token of one's own, for a program", create_token);
    add_argument(app, "LABEL", options.label, "What it is for; the list shows it");
    add_long_duration(app, "--expires-in", options.lifetime, "How long it is valid [100 years]");
    add_format(app, options.format);
    add_server_url(app, options.server, "The server's HTTP API");
    add_config(app);
    app.footer(
        "Of the user of 'roster login' or ROSTER_TOKEN, with that user's rights. Standard output\n"
        "has the token alone.\n\n"
        "Examples:\n"
        "  roster token create backup --server https://accounts.example.com > token.txt\n"
        "  roster token create ci --expires-in 90d --format json");
}

void add_user_link(CLI::App& user, Commands& commands) {
    auto [app, options] =
        add_command(user, commands, "link", "Create a link to set a password with", create_link);
    add_user_argument(app, options.user)->required();
    add_text(app, "--purpose", options.purpose, "reset|invite", "What the page says")
        ->check(CLI::IsMember({"reset", "invite"}));
    add_long_duration(app, "--expires-in", options.lifetime,
                      "How long it is valid [1 day; an invitation 7 days]");
    add_format(app, options.format);
    add_changing_settings(app, options.settings);
    app.footer(
        "Standard output has the link alone; it sets the password once. It is void\n"
        "when the password or the e-mail changes. Needs a running server.\n\n"
        "Examples:\n"
        "  roster user link b@b.com\n"
        "  roster user link new@b.com --purpose invite --server https://accounts.example.com");
}

}  // namespace roster::cli
