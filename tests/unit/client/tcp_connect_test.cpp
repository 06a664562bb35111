#include "client/tcp_connect.hpp"

#include "unit/client/scripted_peer.hpp"

#include <roster/client.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

namespace roster::client {
namespace {

using namespace std::chrono_literals;

class ClientTcpConnect : public WithPeer {};

asio::awaitable<boost::system::error_code> error_of_connect(std::string host, std::string port,
                                                            std::chrono::milliseconds timeout) {
    const result<tcp::socket> socket = co_await tcp_connect(host, port, timeout);
    co_return socket ? boost::system::error_code() : socket.error();
}

TEST_F(ClientTcpConnect, SaysWhatTheSystemSaid) {
    std::string port;
    {
        const Peer gone(io_);
        port = gone.port();
    }
    EXPECT_EQ(run(error_of_connect("127.0.0.1", port, 10s)), asio::error::connection_refused);
    EXPECT_EQ(run(error_of_connect("127.0.0.1", "no such port", 10s)),
              asio::error::service_not_found);
}

TEST_F(ClientTcpConnect, TriesEveryAddressOfTheHost) {
    serve([](SharedPeer peer) -> asio::awaitable<void> { co_await peer->read_to_end(); });
    // The peer listens on 127.0.0.1 only; where localhost is ::1 as well, that one is refused.
    EXPECT_EQ(run(error_of_connect("localhost", peer_->port(), 10s)), boost::system::error_code());
    run_to_the_end();
}

TEST_F(ClientTcpConnect, EndsInTime) {
    // No time at all: whatever the network does, the attempt is given up.
    EXPECT_EQ(run(error_of_connect("localhost", peer_->port(), 0ms)), Errc::timed_out);
    run_to_the_end();
}

asio::awaitable<boost::system::error_code> error_of_cancelled_connect(std::string port) {
    const auto executor = co_await asio::this_coro::executor;
    asio::cancellation_signal cancel;
    const auto task = begin(executor, error_of_connect("localhost", port, 1h), cancel.slot());
    // Afterwards the look-up has begun, and nothing that came of it has been handled yet.
    co_await asio::post(executor, asio::use_awaitable);
    cancel.emit(asio::cancellation_type::terminal);
    const boost::system::error_code error = co_await task->get();
    co_return error;
}

TEST_F(ClientTcpConnect, CanBeCancelled) {
    EXPECT_EQ(run(error_of_cancelled_connect(peer_->port())), Errc::cancelled);
    run_to_the_end();
}

asio::awaitable<boost::system::error_code> error_of_client(std::string port) {
    const result<Client> client = co_await Client::connect("127.0.0.1", port, ClientOptions());
    co_return client ? boost::system::error_code() : client.error();
}

TEST_F(ClientTcpConnect, TheClientSaysWhyItCouldNotConnect) {
    std::string port;
    {
        const Peer gone(io_);
        port = gone.port();
    }
    EXPECT_EQ(run(error_of_client(port)), asio::error::connection_refused);
}

}  // namespace
}  // namespace roster::client
