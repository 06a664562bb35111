#include "cli/commands/command_options.hpp"
#include "cli/commands/commands.hpp"
#include "cli/config/options.hpp"
#include "cli/forward_auth/chain_check.hpp"
#include "cli/forward_auth/snippets.hpp"
#include "cli/io/terminal.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <string>

namespace roster::cli {
namespace {

struct SnippetCommand {
    std::string kind;
    SnippetOptions options;
};

struct CheckCommand {
    std::string url;
};

ExitCode print_snippet(const SnippetCommand& command) {
    print(std::cout, make_snippet(command.kind, command.options));
    const auto host_of = [](const std::string& text) {
        const std::size_t slashes = text.find("//");
        const std::string host = text.substr(slashes == text.npos ? 0 : slashes + 2);
        return host.substr(0, host.find_first_of(":/"));
    };
    if (!share_a_domain(host_of(command.options.host), host_of(command.options.public_url)))
        std::cerr << "note: the two hosts have no domain in common for which a cookie can be; "
                     "browsers will be sent to the log-in page again and again"
                  << std::endl;
    return ExitCode::ok;
}

ExitCode check_application(const CheckCommand& command) {
    const ChainReport report = check_chain(command.url, read_page);
    for (const std::string& link : report.good)
        print(std::cout, "ok: " + escape_for_terminal(link) + "\n");
    if (report.wrong.empty()) return ExitCode::ok;
    throw Refused(ExitCode::failed, report.wrong);
}

void add_snippet_command(CLI::App& group, Commands& commands) {
    auto [app, command] =
        add_command(group, commands, "snippet",
                    "Print the configuration of a proxy for an application", print_snippet);
    app.add_option("PROXY", command.kind, "Which proxy")
        ->required()
        ->check(CLI::IsMember(snippet_kinds()));
    SnippetOptions& options = command.options;
    add_text(app, "--host", options.host, "HOST",
             "The application's host, as browsers write it; with a port if it has one")
        ->required();
    add_text(app, "--public-url", options.public_url, "URL", "What browsers call roster")
        ->required();
    add_text(app, "--upstream", options.upstream, "HOST:PORT", "Where the application listens");
    add_text(app, "--server", options.server, "HOST:PORT", "Where roster's HTTP API listens");
    add_text(app, "--group", options.group, "GROUP,...",
             "Let the users of these groups in alone; without it every user");
    app.footer(
        "Examples:\n"
        "  roster forward-auth snippet caddy --host app.example.com \\\n"
        "      --public-url https://auth.example.com --upstream 127.0.0.1:3000\n"
        "  roster forward-auth snippet haproxy-lua --host app.example.com \\\n"
        "      --public-url https://auth.example.com > /etc/haproxy/roster.lua");
}

}  // namespace

void add_forward_auth_commands(CLI::App& program, Commands& commands) {
    CLI::App* group =
        program.add_subcommand("forward-auth", "Set up one log-in for many applications");
    group->footer(
        "A reverse proxy asks a running server about each request; docs/forward-auth.md.\n\n"
        "Examples:\n"
        "  roster forward-auth snippet nginx --host app.example.com \\\n"
        "      --public-url https://auth.example.com --upstream 127.0.0.1:3000\n"
        "  roster forward-auth check https://app.example.com/");
    add_snippet_command(*group, commands);
    auto [app, command] = add_command(
        *group, commands, "check", "Ask an application as a browser would, and say what is wrong",
        check_application);
    add_argument(app, "URL", command.url, "A page of the application");
    app.footer(
        "Nobody is logged in, and nothing is changed. Exit codes: 0 ok, 1 something is wrong.\n\n"
        "Example:\n"
        "  roster forward-auth check http://app.lab.lan/");
}

}  // namespace roster::cli
