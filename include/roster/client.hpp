#pragma once

// The coroutine client of the classic protocol.
// Knows Asio and the standard library only, so that it runs wherever they do.

#include <roster/error.hpp>
#include <roster/response.hpp>
#include <roster/secret.hpp>
#include <roster/user.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace roster {

namespace client {
class ClientConnection;
}

/// A request of the classic protocol, as `Client::fetch` sends it.
class Request {
  public:
    explicit Request(std::string verb) : method(std::move(verb)) {}
    Request(std::string verb, Secret content) : method(std::move(verb)), body(std::move(content)) {}

    std::string method;
    /// `user:EMAIL,PASSWORD,OPTION` for POST and PUT; it holds a password, so it is a secret.
    Secret body;
};

/// The server's response to HEAD.
class ServerStatus {
  public:
    ServerStatus() = default;

    /// "ready", "draining" or "read-only".
    std::string status;
    std::chrono::seconds uptime{0};
    /// For administrators only.
    std::optional<std::uint64_t> users;
};

class ClientOptions {
  public:
    ClientOptions() = default;

    std::chrono::milliseconds connect_timeout{10'000};
    /// From the call of `fetch` to the whole response.
    std::chrono::milliseconds request_timeout{30'000};
    std::size_t max_answer_bytes = 256 * 1024 * 1024;
    /// Sees every byte that is sent (`true`) or received (`false`), passwords included.
    std::function<void(bool sent, std::string_view bytes)> trace;
};

/// One connection to a roster server; log in once, and the connection stays logged in.
///
/// Several requests may be in progress at once: they are sent in the order of the calls, and each
/// caller gets the response to its own. A request that timed out or was cancelled does not disturb
/// the others; whether the server carried it out is then unknown.
///
/// Errors, of every request: `connection_closed` (the connection ended before the end of the
/// response), `timed_out`, `cancelled`, `malformed_answer` (and the connection is closed).
/// Threads: all calls from one executor, that of `connect`'s caller; it runs one handler at a time
/// (a context with one thread, or a strand).
/// Cancellation: per operation, `terminal` and `partial`.
/// Lifetime: may be destroyed while requests are in progress; they end with `connection_closed`.
/// The executor's context outlives it.
class Client {
  public:
    /// Resolves the host and tries each of its addresses.
    /// Errors: `timed_out`, `cancelled`, or the system's error for the last address.
    static boost::asio::awaitable<result<Client>> connect(std::string host, std::string port,
                                                          ClientOptions options);

    Client(Client&&) noexcept;
    Client& operator=(Client&&) noexcept;
    ~Client();

    /// Sends a request and returns the response, whatever its status.
    boost::asio::awaitable<result<Response>> fetch(Request request);

    /// Errors: `invalid_request` (e-mail or password not acceptable), `email_taken`, `overloaded`.
    boost::asio::awaitable<result<void>> sign_up(std::string email, Secret password);

    /// Returns the user's role. Errors: `invalid_credentials`, `overloaded`.
    boost::asio::awaitable<result<Role>> log_in(std::string email, Secret password);

    /// All users for an administrator, only the user itself for others.
    /// Errors: `forbidden` (not logged in).
    boost::asio::awaitable<result<std::vector<User>>> users();

    /// Errors: `invalid_request`, `forbidden`, `user_not_found`, `email_taken`, `overloaded`.
    boost::asio::awaitable<result<void>> modify(UserId id, std::string email, Secret password);

    boost::asio::awaitable<result<ServerStatus>> status();

    bool is_open() const noexcept;

    /// Waits until the connection is closed, by either side. Errors: `cancelled`.
    boost::asio::awaitable<result<void>> wait_closed();

    /// Closes the connection; requests in progress end with `connection_closed`.
    void close() noexcept;

  private:
    explicit Client(std::shared_ptr<client::ClientConnection> connection);

    std::shared_ptr<client::ClientConnection> connection_;
};

static_assert(!std::is_aggregate_v<Request> && !std::is_aggregate_v<Response> &&
              !std::is_aggregate_v<ClientOptions>);

}  // namespace roster
