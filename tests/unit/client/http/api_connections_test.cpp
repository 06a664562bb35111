// Which connection a call takes, and when it is made again.

#include "unit/client/http/api_peer.hpp"

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <cstdlib>
#include <filesystem>

namespace roster::client {
namespace {

using namespace std::chrono_literals;

class ClientApiConnections : public ClientApi {
  protected:
    // A call that is cancelled while the server has it.
    template <class T>
    ApiResult<T> run_cancelled(asio::awaitable<ApiResult<T>> call) {
        return run(cancel_when_received(peer_, std::move(call)));
    }

  private:
    template <class T>
    static asio::awaitable<ApiResult<T>> cancel_when_received(SharedPeer peer,
                                                              asio::awaitable<ApiResult<T>> call) {
        const asio::any_io_executor executor = co_await asio::this_coro::executor;
        asio::cancellation_signal cancel;
        const auto task = begin(executor, std::move(call), cancel.slot());
        co_await peer->received_all.wait();
        cancel.emit(asio::cancellation_type::terminal);
        ApiResult<T> outcome = co_await task->get();
        co_return outcome;
    }
};

TEST_F(ClientApiConnections, ACancelledCallsConnectionIsNotUsedAgain) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        std::string request = co_await peer->read_request();
        co_await peer->send(http_answer("200 OK", kUser));
        request = co_await peer->read_request();
        peer->received_all.set();
        // Its answer must never be taken for that of another call.
        co_await peer->read_to_end();
        peer->close();
        co_await peer->accept();
        request = co_await peer->read_request();
        EXPECT_TRUE(request.starts_with("GET /v1/users/me ")) << request;
        co_await peer->send(http_answer("200 OK", kUser));
    });
    ApiClient api = client();
    EXPECT_TRUE(run(api.user(7)));
    const auto cancelled = run_cancelled(api.user(8));
    ASSERT_FALSE(cancelled);
    EXPECT_EQ(cancelled.error().error, Errc::cancelled);
    EXPECT_TRUE(run(api.own_user()));
    run_to_the_end();
}

TEST_F(ClientApiConnections, AWaitBeforeTheNextTryIsCancelled) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        const std::string request = co_await peer->read_request();
        co_await peer->send(problem("503 Later", "overloaded", "Retry-After: 20\r\n"));
        peer->received_all.set();
        co_await peer->read_to_end();
    });
    std::optional<ApiClient> api(client());
    const auto cancelled = run_cancelled(api->user(7));
    ASSERT_FALSE(cancelled);
    // Before its answer is read, or in the wait after it.
    EXPECT_EQ(cancelled.error().error, Errc::cancelled);
    api.reset();
    run_to_the_end();
}

TEST_F(ClientApiConnections, ACancelledStreamIsClosed) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        const std::string request = co_await peer->read_request();
        co_await peer->send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nx");
        peer->received_all.set();
        co_await peer->read_to_end();
    });
    ApiClient api = client();
    const auto ignore = [](std::string_view) -> result<void> { return {}; };
    const auto cancelled = run_cancelled(api.back_up(ignore));
    ASSERT_FALSE(cancelled);
    EXPECT_EQ(cancelled.error().error, Errc::cancelled);
    run_to_the_end();
}

// A server that answers one request on a connection, then closes it, as if it were restarted.
asio::awaitable<void> answer_once_and_close(SharedPeer peer) {
    const std::string request = co_await peer->read_request();
    co_await peer->send(http_answer("200 OK", kUser));
    peer->close();
}

TEST_F(ClientApiConnections, AnIdempotentCallIsMadeAgainOnANewConnection) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        co_await answer_once_and_close(peer);
        co_await peer->accept();
        co_await answer_once_and_close(peer);
    });
    ApiClient api = client();
    EXPECT_TRUE(run(api.user(7)));
    EXPECT_TRUE(run(api.user(7)));
    run_to_the_end();
}

TEST_F(ClientApiConnections, OnceOnly) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        co_await answer_once_and_close(peer);
        co_await peer->accept();
        const std::string request = co_await peer->read_request();
        peer->close();
        // A third would have to wait for it, and hang.
    });
    ApiClient api = client();
    EXPECT_TRUE(run(api.user(7)));
    const auto user = run(api.user(7));
    ASSERT_FALSE(user);
    EXPECT_EQ(user.error().error, Errc::connection_closed);
    EXPECT_EQ(user.error().status, 0U);
}

TEST_F(ClientApiConnections, OthersAreNotSentTwice) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        std::string request = co_await peer->read_request();
        co_await peer->send(http_answer("200 OK", kUser));
        // It may have been carried out.
        request = co_await peer->read_request();
        EXPECT_TRUE(request.starts_with("POST /v1/users ")) << request;
        peer->close();
    });
    ApiClient api = client();
    EXPECT_TRUE(run(api.user(7)));
    NewApiUser wanted("a@a.com", Secret("long enough"));
    const auto user = run(api.create_user(std::move(wanted)));
    ASSERT_FALSE(user);
    EXPECT_EQ(user.error().error, Errc::connection_closed);
    run_to_the_end();
}

TEST_F(ClientApiConnections, ASignUpWithAKeyIsSentAgain) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        std::string request = co_await peer->read_request();
        co_await peer->send(http_answer("200 OK", kUser));
        request = co_await peer->read_request();
        EXPECT_NE(request.find("\r\nIdempotency-Key: k1\r\n"), std::string::npos) << request;
        peer->close();
        co_await peer->accept();
        request = co_await peer->read_request();
        EXPECT_NE(request.find("\r\nIdempotency-Key: k1\r\n"), std::string::npos) << request;
        co_await peer->send(problem("503 Later", "store_unavailable", "Retry-After: 0\r\n"));
        request = co_await peer->read_request();
        co_await peer->send(http_answer("201 Created", kUser));
    });
    ApiClient api = client();
    EXPECT_TRUE(run(api.user(7)));
    NewApiUser wanted("a@a.com", Secret("long enough"));
    EXPECT_TRUE(run(api.create_user(std::move(wanted), "k1")));
    run_to_the_end();
}

TEST_F(ClientApiConnections, AKeyCannotAddAHeader) {
    ApiClient api = client();
    NewApiUser wanted("a@a.com", Secret("long enough"));
    const auto user = run(api.create_user(std::move(wanted), "k\r\nAuthorization: Bearer x"));
    ASSERT_FALSE(user);
    EXPECT_EQ(user.error().error, Errc::invalid_request);
}

TEST_F(ClientApiConnections, ALongBodyGetsAConnectionOfItsOwn) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        co_await answer_once_and_close(peer);
        co_await peer->accept();
        const std::string request = co_await peer->read_up_to("0\r\n\r\n");
        co_await peer->send(http_answer("200 OK", "{\"summary\":{\"added\":0,\"refused\":0}}\n"));
    });
    ApiClient api = client();
    EXPECT_TRUE(run(api.user(7)));
    const auto nothing = []() -> result<std::string> { return std::string(); };
    EXPECT_TRUE(run(api.import_users(nothing, false)));
    run_to_the_end();
}

TEST_F(ClientApiConnections, TriesAreLimited) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        for (int i = 0; i < 2; ++i) {
            const std::string request = co_await peer->read_request();
            co_await peer->send(problem("429 Later", "too_many_attempts", "Retry-After: 0\r\n"));
        }
    });
    ApiClientOptions options;
    options.tries = 2;
    ApiClient api = client(options);
    const auto user = run(api.user(7));
    ASSERT_FALSE(user);
    EXPECT_EQ(user.error().problem, ProblemCode::too_many_attempts);
    EXPECT_EQ(user.error().retry_after, 0s);
}

// A directory of its own, for a socket.
class SocketDirectory {
  public:
    SocketDirectory() {
        path_ = (std::filesystem::temp_directory_path() / "roster-client-XXXXXX").string();
        if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("no directory");
    }
    ~SocketDirectory() { std::filesystem::remove_all(path_); }

    std::string socket() const { return path_ + "/a.sock"; }

  private:
    std::string path_;
};

asio::awaitable<void> answer_on_socket(asio::local::stream_protocol::acceptor& acceptor,
                                       std::string& request) {
    asio::local::stream_protocol::socket socket =
        co_await acceptor.async_accept(asio::use_awaitable);
    for (int i = 0; i < 2; ++i) {
        std::string received;
        co_await asio::async_read_until(socket, asio::dynamic_buffer(received), "\r\n\r\n",
                                        asio::use_awaitable);
        request = received;
        const std::string answer = http_answer("200 OK", kUser);
        co_await asio::async_write(socket, asio::buffer(answer), asio::use_awaitable);
    }
}

TEST_F(ClientApiConnections, AUnixSocketIsKeptToo) {
    const SocketDirectory directory;
    asio::local::stream_protocol::acceptor acceptor(
        io_, asio::local::stream_protocol::endpoint(directory.socket()));
    std::string request;
    asio::co_spawn(io_, answer_on_socket(acceptor, request), asio::detached);
    ApiClient api(io_.get_executor(), ApiEndpoint::unix_socket(directory.socket()));
    EXPECT_TRUE(run(api.user(7)));
    EXPECT_TRUE(run(api.user(7)));
    EXPECT_TRUE(request.starts_with("GET /v1/users/7 HTTP/1.1\r\nHost: localhost\r\n")) << request;
}

TEST_F(ClientApiConnections, AMissingSocketIsAnError) {
    const SocketDirectory directory;
    ApiClient api(io_.get_executor(), ApiEndpoint::unix_socket(directory.socket()));
    const auto user = run(api.user(7));
    ASSERT_FALSE(user);
    EXPECT_EQ(user.error().status, 0U);
    EXPECT_EQ(user.error().error, boost::system::errc::no_such_file_or_directory);
}

}  // namespace
}  // namespace roster::client
