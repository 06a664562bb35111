// The end of a connection, from either side, and what the callers are told.

#include "unit/client/scripted_peer.hpp"

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/this_coro.hpp>

#include <gmock/gmock.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace roster::client {
namespace {

using testing::ElementsAre;

TEST_F(ConnectedClient, AllCallersAreToldWhenTheServerCloses) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        co_await peer->read_request();
        co_await peer->read_request();
        co_await peer->read_request();
        co_await peer->send(answer("whole") + "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut");
        peer->close();
    });
    const auto test = [](SharedPeer peer) -> asio::awaitable<Outcomes> {
        Client client = co_await connected(peer, ClientOptions());
        const auto executor = co_await asio::this_coro::executor;
        std::vector<std::shared_ptr<Task<result<Response>>>> tasks;
        for (int i = 0; i < 3; ++i)
            tasks.push_back(begin(executor, client.fetch(get())));
        Outcomes outcomes;
        for (const auto& task : tasks) {
            const result<Response> response = co_await task->get();
            outcomes.push_back(in_short(response));
        }
        EXPECT_FALSE(client.is_open());
        const result<Response> later = co_await client.fetch(get());
        outcomes.push_back(in_short(later));
        co_return outcomes;
    };
    const std::string closed = text_of(Errc::connection_closed);
    EXPECT_THAT(run(test(peer_)), ElementsAre("whole", closed, closed, closed));
    run_to_the_end();
}

TEST_F(ConnectedClient, AResetIsNoEndOfABody) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        co_await peer->read_request();
        co_await peer->send("HTTP/1.1 200 OK\r\n\r\nno length, so until the end");
        peer->reset();
    });
    EXPECT_THAT(fetch({get()}), ElementsAre(text_of(Errc::connection_closed)));
}

TEST_F(ConnectedClient, TheServerMayEndABodyByClosing) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        co_await peer->read_request();
        co_await peer->send("HTTP/1.1 200 OK\r\n\r\nuntil the end");
        peer->close();
    });
    EXPECT_THAT(fetch({get(), get()}),
                ElementsAre("until the end", text_of(Errc::connection_closed)));
}

TEST_F(ConnectedClient, NothingIsSentAfterTheLastResponse) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        co_await peer->read_request();
        co_await peer->read_request();
        co_await peer->send(answer("last", "Connection: close\r\n") + answer("never seen"));
        co_await peer->read_to_end();
    });
    const auto test = [](SharedPeer peer) -> asio::awaitable<Outcomes> {
        Client client = co_await connected(peer, ClientOptions());
        const auto executor = co_await asio::this_coro::executor;
        const auto first = begin(executor, client.fetch(get()));
        const auto second = begin(executor, client.fetch(get()));
        const result<Response> last = co_await first->get();
        EXPECT_TRUE(last && !last->keep_alive);
        const result<Response> behind = co_await second->get();
        const result<Response> later = co_await client.fetch(get());
        Outcomes outcomes;
        for (const auto* response : {&last, &behind, &later})
            outcomes.push_back(in_short(*response));
        co_return outcomes;
    };
    const std::string closed = text_of(Errc::connection_closed);
    EXPECT_THAT(run(test(peer_)), ElementsAre("last", closed, closed));
    run_to_the_end();
}

TEST_F(ConnectedClient, GarbageEndsTheConnection) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        co_await peer->read_request();
        co_await peer->send("SSH-2.0-OpenSSH_9.2\r\n");
        co_await peer->read_to_end();
    });
    EXPECT_THAT(fetch({get(), get()}),
                ElementsAre(text_of(Errc::malformed_answer), text_of(Errc::connection_closed)));
}

TEST_F(ConnectedClient, AResponseThatIsTooLongIsRefused) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        co_await peer->read_request();
        co_await peer->send(answer("12345"));
        co_await peer->read_to_end();
    });
    ClientOptions options;
    options.max_answer_bytes = 4;
    EXPECT_THAT(fetch({get()}, options), ElementsAre(text_of(Errc::malformed_answer)));
}

TEST_F(ConnectedClient, DestroyingTheClientEndsItsRequests) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        co_await peer->read_request();
        co_await peer->read_request();
        peer->received_all.set();
        co_await peer->read_to_end();
    });
    const auto test = [](SharedPeer peer) -> asio::awaitable<Outcomes> {
        std::optional<Client> client;
        client.emplace(co_await connected(peer, ClientOptions()));
        const auto executor = co_await asio::this_coro::executor;
        const auto first = begin(executor, client->fetch(get()));
        const auto second = begin(executor, client->status());
        co_await peer->received_all.wait();
        client.reset();
        const result<Response> response = co_await first->get();
        const result<ServerStatus> status = co_await second->get();
        Outcomes outcomes;
        outcomes.push_back(in_short(response));
        outcomes.push_back(status.error().message());
        co_return outcomes;
    };
    const std::string closed = text_of(Errc::connection_closed);
    EXPECT_THAT(run(test(peer_)), ElementsAre(closed, closed));
    run_to_the_end();
}

TEST_F(ConnectedClient, OneCanWaitForItsEnd) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        co_await peer->read_request();
        co_await peer->go.wait();
        peer->close();
    });
    const auto test = [](SharedPeer peer) -> asio::awaitable<Outcomes> {
        Client client = co_await connected(peer, ClientOptions());
        const auto executor = co_await asio::this_coro::executor;
        asio::cancellation_signal cancel;
        const auto cancelled = begin(executor, client.wait_closed(), cancel.slot());
        const auto waiting = begin(executor, client.wait_closed());
        const auto request = begin(executor, client.fetch(get()));
        cancel.emit(asio::cancellation_type::terminal);
        const result<void> given_up = co_await cancelled->get();
        EXPECT_EQ(given_up.error(), Errc::cancelled);
        EXPECT_FALSE(waiting->is_done());
        peer->go.set();
        const result<void> closed = co_await waiting->get();
        EXPECT_TRUE(closed.has_value());
        const result<void> closed_before = co_await client.wait_closed();
        EXPECT_TRUE(closed_before.has_value());
        const result<Response> response = co_await request->get();
        co_return Outcomes(1, in_short(response));
    };
    EXPECT_THAT(run(test(peer_)), ElementsAre(text_of(Errc::connection_closed)));
    run_to_the_end();
}

TEST_F(ConnectedClient, ARequestOfAClientThatIsGoneIsRefused) {
    serve([](SharedPeer peer) -> asio::awaitable<void> { co_await peer->read_to_end(); });
    const auto test = [](SharedPeer peer) -> asio::awaitable<Outcomes> {
        std::optional<Client> client;
        client.emplace(co_await connected(peer, ClientOptions()));
        auto not_begun = client->fetch(get());
        client.reset();
        const result<Response> response = co_await std::move(not_begun);
        co_return Outcomes(1, in_short(response));
    };
    EXPECT_THAT(run(test(peer_)), ElementsAre(text_of(Errc::connection_closed)));
    run_to_the_end();
}

TEST_F(ConnectedClient, TheEventLoopMayEndBeforeTheRequests) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        co_await peer->read_request();
        peer->received_all.set();
        co_await peer->read_to_end();
    });
    const auto test = [](SharedPeer peer) -> asio::awaitable<bool> {
        // Left running: nothing but the address sanitizer sees what becomes of them.
        auto client = std::make_shared<Client>(co_await connected(peer, ClientOptions()));
        const auto executor = co_await asio::this_coro::executor;
        begin(executor, keep_while(client, client->fetch(get())));
        begin(executor, keep_while(client, client->fetch(get())));
        co_await peer->received_all.wait();
        co_return true;
    };
    EXPECT_TRUE(run(test(peer_)));
}

}  // namespace
}  // namespace roster::client
