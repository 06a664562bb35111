#include <roster/client.hpp>

#include "client/client_connection.hpp"
#include "client/tcp_connect.hpp"
#include "client/typed_responses.hpp"
#include "protocol/classic/encoder.hpp"

#include <algorithm>
#include <utility>

namespace roster {
namespace {

namespace asio = boost::asio;
namespace classic = protocol::classic;
using client::ClientConnection;

// Longer timeouts would overflow the clock.
constexpr std::chrono::milliseconds kLongestTimeout = std::chrono::hours(24 * 365);

// The Host header of a connection: brackets around an IPv6 address, and no zone, which has no
// meaning for the server (RFC 6874 §1).
std::string host_header(const std::string& host, const std::string& port) {
    if (host.find(':') == std::string::npos) return host + ":" + port;
    return "[" + host.substr(0, host.find('%')) + "]:" + port;
}

// A free function with values of its own: the client may be moved or destroyed while the call is
// suspended.
template <class T>
asio::awaitable<result<T>> call(ClientConnection::Shared connection, std::string method,
                                result<Secret> body, result<T> (*read)(const Response&)) {
    if (!body) co_return body.error();
    Request request(std::move(method), std::move(*body));
    const result<Response> response =
        co_await ClientConnection::fetch(std::move(connection), std::move(request));
    if (!response) co_return response.error();
    co_return read(*response);
}

}  // namespace

Client::Client(std::shared_ptr<ClientConnection> connection) : connection_(std::move(connection)) {}

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
    options.connect_timeout = std::min(options.connect_timeout, kLongestTimeout);
    options.request_timeout = std::min(options.request_timeout, kLongestTimeout);
    result<asio::ip::tcp::socket> socket =
        co_await client::tcp_connect(host, port, options.connect_timeout);
    if (!socket) co_return socket.error();
    auto connection = std::make_shared<ClientConnection>(
        std::move(*socket), host_header(host, port), std::move(options));
    connection->start();
    co_return Client(std::move(connection));
}

asio::awaitable<result<Response>> Client::fetch(Request request) {
    return ClientConnection::fetch(connection_, std::move(request));
}

asio::awaitable<result<void>> Client::sign_up(std::string email, Secret password) {
    return call<void>(connection_, "POST", classic::account_body(email, password, "signup"),
                      client::read_sign_up);
}

asio::awaitable<result<Role>> Client::log_in(std::string email, Secret password) {
    return call<Role>(connection_, "POST", classic::account_body(email, password, "login"),
                      client::read_log_in);
}

asio::awaitable<result<std::vector<User>>> Client::users() {
    return call<std::vector<User>>(connection_, "GET", Secret(), client::read_users);
}

asio::awaitable<result<void>> Client::modify(UserId id, std::string email, Secret password) {
    return call<void>(connection_, "PUT",
                      classic::account_body(email, password, std::to_string(id)),
                      client::read_modify);
}

asio::awaitable<result<ServerStatus>> Client::status() {
    return call<ServerStatus>(connection_, "HEAD", Secret(), client::read_status);
}

bool Client::is_open() const noexcept {
    return connection_ && connection_->is_open();
}

asio::awaitable<result<void>> Client::wait_closed() {
    return ClientConnection::wait_closed(connection_);
}

void Client::close() noexcept {
    if (connection_) connection_->close(Errc::connection_closed);
}

}  // namespace roster
