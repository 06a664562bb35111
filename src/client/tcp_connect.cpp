#include "client/tcp_connect.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <utility>

namespace roster::client {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// Shared by the caller and the attempt itself: a look-up in the system's resolver cannot be
// interrupted, so the attempt may outlive the wait for it.
struct Attempt {
    Attempt(const asio::any_io_executor& executor, std::chrono::milliseconds timeout)
        : resolver(executor), socket(executor), done(executor, timeout) {}

    void finish(boost::system::error_code ec) {
        outcome = ec;
        done.cancel();
    }

    void give_up() noexcept {
        given_up = true;
        resolver.cancel();
        boost::system::error_code ignored;
        socket.close(ignored);
    }

    tcp::resolver resolver;
    tcp::socket socket;
    asio::steady_timer done;
    std::optional<boost::system::error_code> outcome;
    bool given_up = false;
};

asio::awaitable<void> run(std::shared_ptr<Attempt> attempt, std::string host, std::string port) {
    boost::system::error_code ec;
    const auto endpoints = co_await attempt->resolver.async_resolve(
        host, port, asio::redirect_error(asio::use_awaitable, ec));
    if (ec || attempt->given_up) co_return attempt->finish(ec);
    co_await asio::async_connect(attempt->socket, endpoints,
                                 asio::redirect_error(asio::use_awaitable, ec));
    // Requests are small, and each waits for its response: they must be sent at once.
    boost::system::error_code ignored;
    if (!ec) attempt->socket.set_option(tcp::no_delay(true), ignored);
    attempt->finish(ec);
}

}  // namespace

asio::awaitable<result<tcp::socket>> tcp_connect(std::string host, std::string port,
                                                 std::chrono::milliseconds timeout) {
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    const auto attempt = std::make_shared<Attempt>(executor, timeout);
    const std::shared_ptr<void> on_exit(nullptr, [attempt](void*) { attempt->give_up(); });
    asio::co_spawn(executor, run(attempt, std::move(host), std::move(port)),
                   [attempt](std::exception_ptr bug) {
                       if (bug) attempt->finish(Errc::internal);
                   });

    boost::system::error_code ec;
    co_await attempt->done.async_wait(asio::redirect_error(asio::use_awaitable, ec));
    if (!attempt->outcome) co_return ec ? Errc::cancelled : Errc::timed_out;
    if (*attempt->outcome) co_return *attempt->outcome;
    co_return std::move(attempt->socket);
}

}  // namespace roster::client
