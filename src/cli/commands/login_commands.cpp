#include "cli/admin/ask.hpp"
#include "cli/admin/refusals.hpp"
#include "cli/admin/saved_token.hpp"
#include "cli/admin/server_access.hpp"
#include "cli/commands/command_options.hpp"
#include "cli/commands/commands.hpp"
#include "cli/config/options.hpp"
#include "cli/config/settings.hpp"
#include "cli/io/listing.hpp"
#include "cli/io/terminal.hpp"
#include "cli/io/user_format.hpp"

#include <CLI/CLI.hpp>

#include <unistd.h>

#include <array>
#include <iostream>
#include <optional>
#include <string>
#include <utility>

namespace roster::cli {
namespace {

struct LogInOptions {
    std::string server = kDefaultApi;
    std::string login;
    bool password_stdin = false;
};

struct LogOutOptions {
    std::string server = kDefaultApi;
};

std::string session_label() {
    std::array<char, 256> host{};
    if (::gethostname(host.data(), host.size() - 1) != 0) return "roster";
    return std::string("roster on ") + host.data();
}

ApiEndpoint server_with_sessions(const std::string& url) {
    ApiEndpoint server = server_at(url);
    if (server.is_unix())
        throw UsageError("--server: a Unix socket needs no log-in; give it to the command itself");
    return server;
}

ApiLogIn log_in_to(const ApiEndpoint& server, const std::string& login, Secret password,
                   const std::string& label) {
    boost::asio::io_context context{1};
    ApiClient client(context.get_executor(), server);
    auto answer = ask(context, client.log_in(login, std::move(password), label));
    if (!answer) throw remote_refusal(server.url(), login, answer.error());
    return std::move(*answer);
}

// False if the server does not know the token, or not any more.
bool log_out_of(const ApiEndpoint& server, Secret token) {
    boost::asio::io_context context{1};
    ApiClient client(context.get_executor(), server);
    client.use_token(std::move(token));
    const auto answer = ask(context, client.log_out());
    if (answer) return true;
    if (is_token_refused(answer.error()) || answer.error().error == Errc::session_not_found)
        return false;
    throw remote_refusal(server.url(), "the session", answer.error());
}

ExitCode log_in(const LogInOptions& options) {
    const ApiEndpoint server = server_with_sessions(options.server);
    const SavedToken saved(server, process_environment);
    const std::optional<Secret> previous = saved.read();
    Secret password = known_password("Password for " + escape_for_terminal(options.login) + ": ",
                                     options.password_stdin);
    const ApiLogIn opened = log_in_to(server, options.login, std::move(password), session_label());
    try {
        saved.save(opened.token);
    } catch (const StartupError&) {
        log_out_of(server, opened.token);
        throw;
    }
    print(std::cout, "logged in to " + escape_for_terminal(server.url()) + " as " +
                         subject_of(opened.user) + " (" + std::string(to_string(opened.user.role)) +
                         ")\n");
    if (previous) log_out_of(server, *previous);
    if (process_environment("ROSTER_TOKEN"))
        std::cerr << "warning: ROSTER_TOKEN is set, and commands use it instead" << std::endl;
    return ExitCode::ok;
}

ExitCode log_out(const LogOutOptions& options) {
    const ApiEndpoint server = server_with_sessions(options.server);
    const SavedToken saved(server, process_environment);
    const std::optional<Secret> token = saved.read();
    const std::string url = escape_for_terminal(server.url());
    if (!token)
        throw Refused(ExitCode::failed, "not logged in to " + url +
                                            "; 'roster login' logs in, and --server says where");
    const bool was_known = log_out_of(server, *token);
    saved.remove();
    print(std::cout, was_known ? "logged out of " + url + "\n"
                               : "removed the token for " + url +
                                     ", which the server did not know any more\n");
    return ExitCode::ok;
}

}  // namespace

void add_login_commands(CLI::App& program, Commands& commands) {
    auto [login, in] =
        add_command(program, commands, "login", "Log in to a server, for --server", log_in);
    add_argument(login, "LOGIN", in.login, "Your e-mail address or username there");
    add_password_stdin(login, in.password_stdin);
    add_server_url(login, in.server, "The server's HTTP API");
    add_config(login);
    login.footer(
        "The token is kept in a file for each server, which only you can read, in\n"
        "$XDG_CONFIG_HOME/roster or ~/.config/roster. ROSTER_TOKEN, if set, is used instead.\n"
        "Without --password-stdin the password is asked for on the terminal.\n\n"
        "Examples:\n"
        "  roster login a@a.com\n"
        "  roster login --server http://127.0.0.1:8081 a@a.com\n"
        "  roster user list --server http://127.0.0.1:8081");
    auto [logout, out] =
        add_command(program, commands, "logout", "End the session of 'roster login'", log_out);
    add_server_url(logout, out.server, "The server's HTTP API");
    add_config(logout);
    logout.footer(
        "The token is removed, also if the server does not know it any more.\n\n"
        "Examples:\n"
        "  roster logout\n"
        "  roster logout --server http://127.0.0.1:8081");
}

}  // namespace roster::cli
