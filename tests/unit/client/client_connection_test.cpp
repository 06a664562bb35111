// Requests and their responses, one connection for all of them, and how long they wait.

#include "unit/client/scripted_peer.hpp"

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>

#include <gmock/gmock.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace roster::client {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

TEST_F(ConnectedClient, SendsARequestAndReturnsItsResponse) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        const std::string request = co_await peer->read_request();
        EXPECT_EQ(request, "POST / HTTP/1.1\r\nHost: 127.0.0.1:" + peer->port() +
                               "\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello");
        co_await peer->send("HTTP/1.1 418 Teapot\r\nA: b\r\nContent-Length: 2\r\n\r\nhi");
        co_await peer->read_to_end();
    });
    const auto test = [](SharedPeer peer) -> asio::awaitable<result<Response>> {
        Client client = co_await connected(peer, ClientOptions());
        EXPECT_TRUE(client.is_open());
        result<Response> response = co_await client.fetch(post("hello"));
        co_return response;
    };
    const result<Response> response = run(test(peer_));
    ASSERT_TRUE(response.has_value()) << response.error().message();
    EXPECT_EQ(response->status, 418u);
    EXPECT_EQ(response->reason, "Teapot");
    EXPECT_EQ(response->header("a"), "b");
    EXPECT_EQ(response->header("c"), std::nullopt);
    EXPECT_EQ(response->body, "hi");
    EXPECT_TRUE(response->keep_alive);
    run_to_the_end();
}

TEST_F(ConnectedClient, EachCallerGetsItsOwnResponseInTheOrderOfTheCalls) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        std::string answers;
        for (int i = 0; i < 3; ++i) {
            const std::string request = co_await peer->read_request();
            answers += answer("to " + request.substr(request.size() - 1));
        }
        co_await peer->send_byte_by_byte(answers);
        co_await peer->read_to_end();
    });
    EXPECT_THAT(run(fetch_at_once(peer_, {post("1"), post("2"), post("3")})),
                ElementsAre("to 1", "to 2", "to 3"));
    run_to_the_end();
}

TEST_F(ConnectedClient, TheResponseToHeadDoesNotTakeTheNextOne) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        co_await peer->read_request();
        co_await peer->read_request();
        co_await peer->send("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n" + answer("body"));
        co_await peer->read_to_end();
    });
    EXPECT_THAT(run(fetch_at_once(peer_, {Request("HEAD"), get()})), ElementsAre("", "body"));
    run_to_the_end();
}

TEST_F(ConnectedClient, AMovedClientGoesOn) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        co_await peer->read_request();
        co_await peer->send(answer("first"));
        co_await peer->read_request();
        co_await peer->send(answer("second"));
        co_await peer->read_to_end();
    });
    const auto test = [](SharedPeer peer) -> asio::awaitable<Outcomes> {
        Client client = co_await connected(peer, ClientOptions());
        const auto executor = co_await asio::this_coro::executor;
        const auto task = begin(executor, client.fetch(get()));
        Client other = std::move(client);
        const result<Response> first = co_await task->get();
        const result<Response> second = co_await other.fetch(get());
        const result<Response> empty = co_await client.fetch(get());  // NOLINT: moved from
        Outcomes outcomes;
        for (const auto* response : {&first, &second, &empty})
            outcomes.push_back(in_short(*response));
        EXPECT_FALSE(client.is_open());
        client = std::move(other);
        EXPECT_TRUE(client.is_open());
        co_return outcomes;
    };
    EXPECT_THAT(run(test(peer_)), ElementsAre("first", "second", text_of(Errc::connection_closed)));
    run_to_the_end();
}

TEST_F(ConnectedClient, AMethodThatIsNotATokenIsNotSent) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        const std::string request = co_await peer->read_request();
        EXPECT_THAT(request, StartsWith("GET "));
        co_await peer->send(answer("fine"));
        co_await peer->read_to_end();
    });
    EXPECT_THAT(fetch({Request("GET\r\n"), get()}),
                ElementsAre(text_of(Errc::invalid_request), "fine"));
}

TEST_F(ConnectedClient, TheTraceSeesEveryByte) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        co_await peer->read_request();
        co_await peer->send_byte_by_byte(answer("body"));
        co_await peer->read_to_end();
    });
    std::string sent_bytes;
    std::string received_bytes;
    ClientOptions options;
    options.trace = [&](bool sent, std::string_view bytes) {
        (sent ? sent_bytes : received_bytes) += bytes;
    };
    EXPECT_THAT(fetch({post("secret")}, options), ElementsAre("body"));
    EXPECT_THAT(sent_bytes, HasSubstr("\r\n\r\nsecret"));
    EXPECT_EQ(received_bytes, answer("body"));
}

TEST_F(ConnectedClient, ATraceThatThrowsEndsTheConnectionOnly) {
    serve([](SharedPeer peer) -> asio::awaitable<void> { co_await peer->read_to_end(); });
    ClientOptions options;
    options.trace = [](bool, std::string_view) { throw std::runtime_error("a bug"); };
    EXPECT_THAT(fetch({get()}, options), ElementsAre(text_of(Errc::internal)));
}

TEST_F(ConnectedClient, ManyRequestsOnAStrandOfAThreadPool) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        for (int i = 0; i < 200; ++i) {
            const std::string request = co_await peer->read_request();
            co_await peer->send(answer(request.substr(request.find("\r\n\r\n") + 4)));
        }
        co_await peer->read_to_end();
    });
    const auto test = [](SharedPeer peer) -> asio::awaitable<int> {
        Client client = co_await connected(peer, ClientOptions());
        const auto executor = co_await asio::this_coro::executor;
        std::vector<std::shared_ptr<Task<result<Response>>>> tasks;
        for (int i = 0; i < 200; ++i)
            tasks.push_back(begin(executor, client.fetch(post(std::to_string(i)))));
        int right = 0;
        for (std::size_t i = 0; i < tasks.size(); ++i) {
            const auto task = tasks[i];
            const result<Response> response = co_await task->get();
            right += in_short(response) == std::to_string(i) ? 1 : 0;
        }
        co_return right;
    };
    asio::thread_pool pool(2);
    auto right = asio::co_spawn(asio::make_strand(pool), test(peer_), asio::use_future);
    run_to_the_end();
    EXPECT_EQ(right.get(), 200);
    pool.join();
}

TEST_F(ConnectedClient, ALateResponseIsDroppedAndDoesNotDisturbTheOthers) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        co_await peer->read_request();
        co_await peer->read_request();  // sent after the first had timed out
        co_await peer->send(answer("late") + answer("mine"));
        co_await peer->read_to_end();
    });
    ClientOptions options;
    options.request_timeout = 50ms;
    const Outcomes outcomes = fetch({get(), get()}, options);
    EXPECT_EQ(outcomes.at(0), text_of(Errc::timed_out));
    // On a machine that is slow enough this one is late as well; it never gets the first's.
    EXPECT_THAT(outcomes.at(1), testing::AnyOf("mine", text_of(Errc::timed_out)));
}

TEST_F(ConnectedClient, ACancelledRequestLeavesTheOthersAlone) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        co_await peer->read_request();
        co_await peer->read_request();
        peer->received_all.set();
        co_await peer->go.wait();
        co_await peer->send(answer("dropped") + answer("mine"));
        co_await peer->read_to_end();
    });
    const auto test = [](SharedPeer peer) -> asio::awaitable<Outcomes> {
        Client client = co_await connected(peer, ClientOptions());
        const auto executor = co_await asio::this_coro::executor;
        asio::cancellation_signal cancel;
        const auto first = begin(executor, client.fetch(get()), cancel.slot());
        const auto second = begin(executor, client.fetch(get()));
        co_await peer->received_all.wait();
        cancel.emit(asio::cancellation_type::terminal);
        const result<Response> cancelled = co_await first->get();
        peer->go.set();
        const result<Response> response = co_await second->get();
        Outcomes outcomes;
        outcomes.push_back(in_short(cancelled));
        outcomes.push_back(in_short(response));
        co_return outcomes;
    };
    EXPECT_THAT(run(test(peer_)), ElementsAre(text_of(Errc::cancelled), "mine"));
    run_to_the_end();
}

TEST_F(ConnectedClient, AServerThatNeverRespondsIsATimeout) {
    serve([](SharedPeer peer) -> asio::awaitable<void> { co_await peer->read_to_end(); });
    ClientOptions options;
    options.request_timeout = 20ms;
    EXPECT_THAT(fetch({get(), get()}, options), testing::Each(text_of(Errc::timed_out)));
}

TEST_F(ConnectedClient, NoLimitIsALimitToo) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        co_await peer->read_request();
        co_await peer->send(answer("in time"));
        co_await peer->read_to_end();
    });
    ClientOptions options;
    options.connect_timeout = std::chrono::milliseconds::max();
    options.request_timeout = std::chrono::milliseconds::max();
    EXPECT_THAT(fetch({get()}, options), ElementsAre("in time"));
}

}  // namespace
}  // namespace roster::client
