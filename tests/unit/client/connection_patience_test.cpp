// How long requests wait for their answers, and what becomes of those that nobody waits for.

#include "unit/client/connection_fixture.hpp"

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/this_coro.hpp>

#include <gmock/gmock.h>

#include <string>

namespace roster::client {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

TEST_F(ClientConnection, ALateAnswerIsNobodysAndDisturbsNobody) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        co_await peer->read_request();
        co_await peer->read_request();  // sent after the first had timed out
        co_await peer->send(answer("late") + answer("mine"));
        co_await peer->read_to_end();
    });
    const auto test = [](SharedPeer peer) -> asio::awaitable<Outcomes> {
        ClientOptions options;
        options.request_timeout = 50ms;
        Client hasty = co_await connected(peer, options);
        const result<Response> first = co_await hasty.fetch(get());
        Outcomes outcomes;
        outcomes.push_back(in_short(first));
        EXPECT_TRUE(hasty.is_open());
        // On a machine that is slow enough this one is late as well; it never gets the first's.
        result<Response> second = co_await hasty.fetch(get());
        outcomes.push_back(in_short(second));
        co_return outcomes;
    };
    const Outcomes outcomes = run(test(peer_));
    EXPECT_EQ(outcomes.at(0), text_of(Errc::timed_out));
    EXPECT_THAT(outcomes.at(1), testing::AnyOf("mine", text_of(Errc::timed_out)));
    run_to_the_end();
}

TEST_F(ClientConnection, ACancelledRequestLeavesTheOthersAlone) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        co_await peer->read_request();
        co_await peer->read_request();
        peer->received_all.set();
        co_await peer->go.wait();
        co_await peer->send(answer("for nobody") + answer("mine"));
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

TEST_F(ClientConnection, AServerThatNeverAnswersIsNotWaitedForForever) {
    serve([](SharedPeer peer) -> asio::awaitable<void> { co_await peer->read_to_end(); });
    const auto test = [](SharedPeer peer) -> asio::awaitable<Outcomes> {
        ClientOptions options;
        options.request_timeout = 20ms;
        Client client = co_await connected(peer, options);
        Outcomes outcomes;
        for (int i = 0; i < 2; ++i) {
            const result<Response> response = co_await client.fetch(get());
            outcomes.push_back(in_short(response));
        }
        co_return outcomes;
    };
    const std::string timed_out = text_of(Errc::timed_out);
    EXPECT_THAT(run(test(peer_)), ElementsAre(timed_out, timed_out));
    run_to_the_end();
}

TEST_F(ClientConnection, NoLimitIsALimitToo) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        co_await peer->read_request();
        co_await peer->send(answer("in time"));
        co_await peer->read_to_end();
    });
    const auto test = [](SharedPeer peer) -> asio::awaitable<Outcomes> {
        ClientOptions options;
        options.connect_timeout = std::chrono::milliseconds::max();
        options.request_timeout = std::chrono::milliseconds::max();
        Client client = co_await connected(peer, options);
        const result<Response> response = co_await client.fetch(get());
        co_return Outcomes(1, in_short(response));
    };
    EXPECT_THAT(run(test(peer_)), ElementsAre("in time"));
    run_to_the_end();
}

}  // namespace
}  // namespace roster::client
