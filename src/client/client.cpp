#include <roster/client.hpp>

#include "client/client_connection.hpp"
#include "client/tcp_connect.hpp"
#include "client/typed_answers.hpp"
#include "core/text.hpp"
#include "protocol/classic/request_encoder.hpp"

#include <utility>

namespace roster {
namespace {

namespace asio = boost::asio;
namespace classic = protocol::classic;

// The Host header of a connection: brackets around an IPv6 address, and no zone, which means
// nothing to the other side (RFC 6874 §1).
std::string host_header(const std::string& host, const std::string& port) {
    if (host.find(':') == std::string::npos) return host + ":" + port;
    return "[" + host.substr(0, host.find('%')) + "]:" + port;
}

}  // namespace

class Client::Connection final : public client::Connection {
  public:
    using client::Connection::Connection;
};

std::optional<std::string_view> Response::header(std::string_view name) const {
    for (const auto& [key, value] : headers)
        if (equals_ignoring_case(key, name)) return value;
    return std::nullopt;
}

Client::Client(std::shared_ptr<Connection> connection) : connection_(std::move(connection)) {}

Client::Client(Client&&) noexcept = default;

Client& Client::operator=(Client&& other) noexcept {
    if (this != &other) {
        close();
        connection_ = std::move(other.connection_);
    }
    return *this;
}

Client::~Client() {
    close();
}

asio::awaitable<result<Client>> Client::connect(std::string host, std::string port,
                                                ClientOptions options) {
    result<asio::ip::tcp::socket> socket =
        co_await client::tcp_connect(host, port, options.connect_timeout);
    if (!socket) co_return socket.error();
    auto connection = std::make_shared<Connection>(std::move(*socket), host_header(host, port),
                                                   std::move(options));
    connection->start();
    co_return Client(std::move(connection));
}

namespace {

// The bodies of the calls. Free functions with values of their own: the client may be moved or
// destroyed while one is suspended.
using Shared = std::shared_ptr<client::Connection>;

asio::awaitable<result<Response>> fetch_from(Shared connection, Request request) {
    if (!connection) co_return Errc::connection_closed;
    result<Response> answer =
        co_await client::Connection::fetch(std::move(connection), std::move(request));
    co_return answer;
}

asio::awaitable<result<void>> wait_until_closed(Shared connection) {
    if (!connection) co_return result<void>();
    const result<void> outcome = co_await client::Connection::wait_closed(std::move(connection));
    co_return outcome;
}

asio::awaitable<result<void>> send_account(Shared connection, std::string method,
                                           result<Secret> body, unsigned success) {
    if (!body) co_return body.error();
    Request request(std::move(method), std::move(*body));
    const result<Response> answer = co_await fetch_from(std::move(connection), std::move(request));
    if (!answer) co_return answer.error();
    co_return client::check_status(*answer, success);
}

asio::awaitable<result<Role>> log_in_to(Shared connection, result<Secret> body) {
    if (!body) co_return body.error();
    Request request("POST", std::move(*body));
    const result<Response> answer = co_await fetch_from(std::move(connection), std::move(request));
    if (!answer) co_return answer.error();
    co_return client::read_log_in(*answer);
}

asio::awaitable<result<std::vector<User>>> users_of(Shared connection) {
    Request request("GET");
    const result<Response> answer = co_await fetch_from(std::move(connection), std::move(request));
    if (!answer) co_return answer.error();
    co_return client::read_users(*answer);
}

asio::awaitable<result<ServerStatus>> status_of(Shared connection) {
    Request request("HEAD");
    const result<Response> answer = co_await fetch_from(std::move(connection), std::move(request));
    if (!answer) co_return answer.error();
    co_return client::read_status(*answer);
}

}  // namespace

asio::awaitable<result<Response>> Client::fetch(Request request) {
    return fetch_from(connection_, std::move(request));
}

asio::awaitable<result<void>> Client::sign_up(std::string email, Secret password) {
    return send_account(connection_, "POST", classic::sign_up_body(email, password), 201);
}

asio::awaitable<result<Role>> Client::log_in(std::string email, Secret password) {
    return log_in_to(connection_, classic::log_in_body(email, password));
}

asio::awaitable<result<std::vector<User>>> Client::users() {
    return users_of(connection_);
}

asio::awaitable<result<void>> Client::modify(UserId id, std::string email, Secret password) {
    return send_account(connection_, "PUT", classic::modify_body(id, email, password), 200);
}

asio::awaitable<result<ServerStatus>> Client::status() {
    return status_of(connection_);
}

bool Client::is_open() const noexcept {
    return connection_ && connection_->is_open();
}

asio::awaitable<result<void>> Client::wait_closed() {
    return wait_until_closed(connection_);
}

void Client::close() noexcept {
    if (connection_) connection_->close(Errc::connection_closed);
}

}  // namespace roster
