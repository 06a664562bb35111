#include "cli/admin/server_calls.hpp"

#include "cli/admin/remote_call.hpp"
#include "cli/io/listing.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <utility>

namespace roster::cli {

namespace asio = boost::asio;

ApiLogIn log_in_to(const ApiEndpoint& server, const std::string& login, Secret password,
                   const std::string& label) {
    asio::io_context context{1};
    ApiClient client(context.get_executor(), server);
    auto answer = ask(context, client.log_in(login, std::move(password), label));
    if (!answer) throw remote_refusal(server.url(), login, answer.error());
    return std::move(*answer);
}

bool log_out_of(const ApiEndpoint& server, Secret token) {
    asio::io_context context{1};
    ApiClient client(context.get_executor(), server);
    client.use_token(std::move(token));
    const auto answer = ask(context, client.log_out());
    if (answer) return true;
    if (is_token_refused(answer.error()) || answer.error().error == Errc::session_not_found)
        return false;
    throw remote_refusal(server.url(), "the session", answer.error());
}

void require_ready(const ApiEndpoint& server) {
    asio::io_context context{1};
    ApiClientOptions options;
    options.timeout = std::chrono::seconds(3);
    options.tries = 1;
    ApiClient client(context.get_executor(), server, options);
    const auto answer = ask(context, client.fetch(ApiRequest("GET", "/health/ready")));
    if (answer) return;
    const ApiError& error = answer.error();
    std::string why = error.detail.empty() ? error.error.message() : error.detail;
    namespace errc = boost::system::errc;
    if (error.error == errc::connection_refused || error.error == errc::no_such_file_or_directory)
        why += "; is a server running?";
    if (error.error == errc::permission_denied) why += "; ask as the server's user, or by its URL";
    throw Refused(exit_code(error.error),
                  escape_for_terminal(server.url()) + ": not ready: " + escape_for_terminal(why));
}

}  // namespace roster::cli
