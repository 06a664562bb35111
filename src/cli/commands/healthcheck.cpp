#include "cli/admin/ask.hpp"
#include "cli/commands/commands.hpp"
#include "cli/config/command_settings.hpp"
#include "cli/config/options.hpp"
#include "cli/io/listing.hpp"

#include <roster/api_client.hpp>

#include <CLI/CLI.hpp>

#include <chrono>
#include <iostream>
#include <string>
#include <utility>
#include <variant>

namespace roster::cli {
namespace {

struct HealthcheckOptions {
    std::string url;
    std::string store = "json:users.json";
    std::string admin_socket;
};

ApiEndpoint endpoint_of(const HealthcheckOptions& options) {
    if (options.url.empty()) {
        const std::string socket = admin_socket_path(options.admin_socket, options.store);
        if (socket == "off") throw UsageError("the server has no admin socket; give its URL");
        return ApiEndpoint::unix_socket(socket);
    }
    auto parsed = ApiEndpoint::parse(options.url);
    if (const auto* problem = std::get_if<std::string>(&parsed))
        throw UsageError("URL: " + *problem);
    return std::get<ApiEndpoint>(std::move(parsed));
}

std::string why_not(const ApiError& error) {
    std::string why = error.detail.empty() ? error.error.message() : error.detail;
    namespace errc = boost::system::errc;
    if (error.error == errc::connection_refused || error.error == errc::no_such_file_or_directory)
        why += "; is a server running?";
    if (error.error == Errc::certificate_not_trusted)
        why += "; SSL_CERT_FILE names a file of the certificates to trust";
    if (error.error == errc::permission_denied) why += "; ask as the server's user, or by its URL";
    return why;
}

ExitCode check_health(const HealthcheckOptions& options) {
    const ApiEndpoint server = endpoint_of(options);
    ApiClientOptions patience;
    patience.timeout = std::chrono::seconds(3);
    patience.tries = 1;
    boost::asio::io_context context{1};
    ApiClient client(context.get_executor(), server, patience);
    const auto answer = ask(context, client.fetch(ApiRequest("GET", "/health/ready")));
    const std::string url = escape_for_terminal(server.url());
    if (!answer) {
        // Docker has 2 for itself.
        const ExitCode code = exit_code(answer.error().error);
        throw Refused(code == ExitCode::store ? code : ExitCode::failed,
                      url + ": not ready: " + escape_for_terminal(why_not(answer.error())));
    }
    std::cout << url << ": ready" << std::endl;
    return ExitCode::ok;
}

}  // namespace

void add_healthcheck_command(CLI::App& program, Commands& commands) {
    auto [app, options] = add_command(program, commands, "healthcheck",
                                      "Ask a server whether it is ready", check_health);
    refuse_empty(app.add_option("URL", options.url,
                                "The server's HTTP API; without it the admin socket of --store")
                     ->type_name(""));
    add_store(app, options.store);
    add_config(app);
    add_admin_socket(app, options.admin_socket);
    app.footer(
        "Prints one line, within three seconds. Exit code 0: it is ready. 1: it is not, or does\n"
        "not answer. 5: its store cannot be written.\n\n"
        "Examples:\n"
        "  roster healthcheck\n"
        "  roster healthcheck https://accounts.example.com\n"
        "  HEALTHCHECK CMD [\"roster\", \"healthcheck\", \"--store\", \"json:/srv/users.json\"]");
}

}  // namespace roster::cli
