#include "client/connection.hpp"

#include "unit/client/scripted_peer.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>

#include <gmock/gmock.h>

#include <vector>

namespace roster::client {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

/// What came of requests, in short: the body, or the error.
using Outcomes = std::vector<std::string>;

std::string in_short(const result<Response>& answer) {
    return answer ? answer->body : answer.error().message();
}

std::string text_of(Errc error) {
    return make_error_code(error).message();
}

std::string answer(std::string_view body, std::string_view header = "") {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
           std::string(header) + "\r\n" + std::string(body);
}

asio::awaitable<Client> connected(SharedPeer peer, ClientOptions options) {
    result<Client> client = co_await Client::connect("127.0.0.1", peer->port(), options);
    co_return std::move(client.value());
}

Request get() {
    return Request("GET");
}

Request post(std::string_view body) {
    return Request("POST", Secret(body));
}

class ClientConnection : public WithPeer {};

TEST_F(ClientConnection, SendsARequestAndGivesItsAnswer) {
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

TEST_F(ClientConnection, GivesEachCallerHisOwnAnswerInTheOrderOfTheCalls) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        std::string answers;
        for (int i = 0; i < 3; ++i) {
            const std::string request = co_await peer->read_request();
            answers += answer("to " + request.substr(request.size() - 1));
        }
        co_await peer->send_byte_by_byte(answers);
        co_await peer->read_to_end();
    });
    const auto test = [](SharedPeer peer) -> asio::awaitable<Outcomes> {
        Client client = co_await connected(peer, ClientOptions());
        const auto executor = co_await asio::this_coro::executor;
        const auto first = begin(executor, client.fetch(post("1")));
        const auto second = begin(executor, client.fetch(post("2")));
        const auto third = begin(executor, client.fetch(post("3")));
        Outcomes outcomes;
        for (const auto& task : {third, first, second}) {
            const result<Response> response = co_await task->get();
            outcomes.push_back(in_short(response));
        }
        co_return outcomes;
    };
    EXPECT_THAT(run(test(peer_)), ElementsAre("to 3", "to 1", "to 2"));
    run_to_the_end();
}

TEST_F(ClientConnection, TheAnswerToHeadDoesNotSwallowTheNextOne) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        co_await peer->read_request();
        co_await peer->read_request();
        co_await peer->send("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n" + answer("body"));
        co_await peer->read_to_end();
    });
    const auto test = [](SharedPeer peer) -> asio::awaitable<Outcomes> {
        Client client = co_await connected(peer, ClientOptions());
        const auto executor = co_await asio::this_coro::executor;
        const auto head = begin(executor, client.fetch(Request("HEAD")));
        const auto second = begin(executor, client.fetch(get()));
        const result<Response> status = co_await head->get();
        const result<Response> response = co_await second->get();
        Outcomes outcomes;
        outcomes.push_back(in_short(status));
        outcomes.push_back(in_short(response));
        co_return outcomes;
    };
    EXPECT_THAT(run(test(peer_)), ElementsAre("", "body"));
    run_to_the_end();
}

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

TEST_F(ClientConnection, EverybodyIsToldWhenTheServerGoesAway) {
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

TEST_F(ClientConnection, AResetIsNoEndOfABody) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        co_await peer->read_request();
        co_await peer->send("HTTP/1.1 200 OK\r\n\r\nno length, so until the end");
        peer->received_all.set();
        co_await peer->go.wait();
        peer->reset();
    });
    const auto test = [](SharedPeer peer) -> asio::awaitable<Outcomes> {
        Client client = co_await connected(peer, ClientOptions());
        const auto executor = co_await asio::this_coro::executor;
        const auto task = begin(executor, client.fetch(get()));
        co_await peer->received_all.wait();
        peer->go.set();
        const result<Response> response = co_await task->get();
        co_return Outcomes(1, in_short(response));
    };
    EXPECT_THAT(run(test(peer_)), ElementsAre(text_of(Errc::connection_closed)));
    run_to_the_end();
}

TEST_F(ClientConnection, TheServerMayEndABodyByClosing) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        co_await peer->read_request();
        co_await peer->send("HTTP/1.1 200 OK\r\n\r\nuntil the end");
        peer->close();
    });
    const auto test = [](SharedPeer peer) -> asio::awaitable<Outcomes> {
        Client client = co_await connected(peer, ClientOptions());
        const result<Response> response = co_await client.fetch(get());
        EXPECT_FALSE(client.is_open());
        co_return Outcomes(1, in_short(response));
    };
    EXPECT_THAT(run(test(peer_)), ElementsAre("until the end"));
    run_to_the_end();
}

TEST_F(ClientConnection, NothingIsAskedBehindTheLastAnswer) {
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

TEST_F(ClientConnection, GarbageEndsTheConnection) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        co_await peer->read_request();
        co_await peer->send("SSH-2.0-OpenSSH_9.2\r\n");
        co_await peer->read_to_end();
    });
    const auto test = [](SharedPeer peer) -> asio::awaitable<Outcomes> {
        Client client = co_await connected(peer, ClientOptions());
        const result<Response> response = co_await client.fetch(get());
        EXPECT_FALSE(client.is_open());
        co_return Outcomes(1, in_short(response));
    };
    EXPECT_THAT(run(test(peer_)), ElementsAre(text_of(Errc::malformed_answer)));
    run_to_the_end();
}

TEST_F(ClientConnection, AnAnswerThatIsTooLongIsRefused) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        co_await peer->read_request();
        co_await peer->send(answer("12345"));
        co_await peer->read_to_end();
    });
    const auto test = [](SharedPeer peer) -> asio::awaitable<Outcomes> {
        ClientOptions options;
        options.max_answer_bytes = 4;
        Client client = co_await connected(peer, options);
        const result<Response> response = co_await client.fetch(get());
        co_return Outcomes(1, in_short(response));
    };
    EXPECT_THAT(run(test(peer_)), ElementsAre(text_of(Errc::malformed_answer)));
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

TEST_F(ClientConnection, WhoDestroysTheClientEndsWhatIsUnderWay) {
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

TEST_F(ClientConnection, OneCanWaitForItsEnd) {
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

TEST_F(ClientConnection, ARequestOfAClientThatIsGoneIsRefused) {
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

TEST_F(ClientConnection, TheEventLoopMayEndBeforeTheRequests) {
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

TEST_F(ClientConnection, AMovedClientGoesOn) {
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

TEST_F(ClientConnection, AMethodThatIsNoneIsNotSent) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        const std::string request = co_await peer->read_request();
        EXPECT_THAT(request, StartsWith("GET "));
        co_await peer->send(answer("fine"));
        co_await peer->read_to_end();
    });
    const auto test = [](SharedPeer peer) -> asio::awaitable<Outcomes> {
        Client client = co_await connected(peer, ClientOptions());
        const result<Response> refused = co_await client.fetch(Request("GET\r\n"));
        const result<Response> response = co_await client.fetch(get());
        Outcomes outcomes;
        outcomes.push_back(in_short(refused));
        outcomes.push_back(in_short(response));
        co_return outcomes;
    };
    EXPECT_THAT(run(test(peer_)), ElementsAre(text_of(Errc::invalid_request), "fine"));
    run_to_the_end();
}

TEST_F(ClientConnection, TheTraceSeesEveryByte) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        co_await peer->read_request();
        co_await peer->send_byte_by_byte(answer("body"));
        co_await peer->read_to_end();
    });
    const auto traced = std::make_shared<std::pair<std::string, std::string>>();
    ClientOptions options;
    options.trace = [traced](bool sent, std::string_view bytes) {
        (sent ? traced->first : traced->second) += bytes;
    };
    const auto test = [](SharedPeer peer, ClientOptions opts) -> asio::awaitable<Outcomes> {
        Client client = co_await connected(peer, opts);
        const result<Response> response = co_await client.fetch(post("secret"));
        co_return Outcomes(1, in_short(response));
    };
    EXPECT_THAT(run(test(peer_, options)), ElementsAre("body"));
    EXPECT_THAT(traced->first, HasSubstr("\r\n\r\nsecret"));
    EXPECT_EQ(traced->second, answer("body"));
    run_to_the_end();
}

TEST_F(ClientConnection, ATraceThatThrowsEndsTheConnectionOnly) {
    serve([](SharedPeer peer) -> asio::awaitable<void> { co_await peer->read_to_end(); });
    ClientOptions options;
    options.trace = [](bool, std::string_view) { throw std::runtime_error("a bug"); };
    const auto test = [](SharedPeer peer, ClientOptions opts) -> asio::awaitable<Outcomes> {
        Client client = co_await connected(peer, opts);
        const result<Response> response = co_await client.fetch(get());
        co_return Outcomes(1, in_short(response));
    };
    EXPECT_THAT(run(test(peer_, options)), ElementsAre(text_of(Errc::internal)));
    run_to_the_end();
}

TEST_F(ClientConnection, ManyRequestsOnAStrandOfAThreadPool) {
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
            const result<Response> response = co_await tasks[i]->get();
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

}  // namespace
}  // namespace roster::client
