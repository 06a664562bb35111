// Deadlines, caps, pipelining and the end of classic connections, over real ones.

#include "server/classic/classic_connection.hpp"

#include "passwords/password_hasher.hpp"
#include "unit/server/server_fixture.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace roster::server {
namespace {

using namespace std::chrono_literals;
using test::RawAnswer;

ServerOptions patient() {
    ServerOptions options;
    options.limits.head_deadline = kNever;
    options.limits.body_deadline = kNever;
    options.limits.classic_idle = kNever;
    return options;
}

TEST(ClassicConnection, AnswersInOrderWhatCameTogether) {
    TestServer server(patient());
    server.sign_up("a@a.com", "pw1");
    auto client = server.connect();
    client.send(documented_request("GET") + log_in("a@a.com", "pw1") + documented_request("GET") +
                log_in("a@a.com", "wrong") + documented_request("HEAD") +
                documented_request("GET"));
    EXPECT_EQ(client.read_answer().status, 403U);
    EXPECT_EQ(client.read_answer().status, 200U);
    EXPECT_EQ(client.read_answer().status, 200U);
    EXPECT_EQ(client.read_answer().status, 401U);
    EXPECT_EQ(client.read_answer(true).status, 200U);
    EXPECT_EQ(client.read_answer().status, 403U);
}

TEST(ClassicConnection, AnswersManyPipelinedRequests) {
    TestServer server(patient());
    auto client = server.connect();
    std::string requests;
    for (int i = 0; i < 1000; ++i)
        requests += "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    std::thread sender([&] { client.send(requests); });
    for (int i = 0; i < 1000; ++i)
        EXPECT_EQ(client.read_answer().status, 403U);
    sender.join();
}

TEST(ClassicConnection, PipelinedRequestsWithoutEndDoNotStopOtherConnections) {
    ServerOptions options = patient();
    options.threads = 1;
    TestServer server(options);
    std::string requests;
    for (int i = 0; i < 1000; ++i)
        requests += "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    std::atomic<bool> stop = false;
    auto client = server.connect();
    std::thread sender([&] {
        while (!stop)
            client.send(requests);
        client.finish_sending();
    });
    std::thread reader([&] {
        while (!client.is_closed_by_peer()) {
        }
    });
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(server.connect().ask(documented_request("GET")).status, 403U);
    stop = true;
    sender.join();
    reader.join();
}

TEST(ClassicConnection, AnswersAClientThatHasFinishedSending) {
    TestServer server(patient());
    server.sign_up("a@a.com", "pw1");
    auto client = server.connect();
    client.send(log_in("a@a.com", "pw1") + documented_request("GET"));
    client.finish_sending();
    EXPECT_EQ(client.read_answer().status, 200U);
    EXPECT_EQ(client.read_answer().status, 200U);
    EXPECT_TRUE(client.is_closed_by_peer());
}

TEST(ClassicConnection, ABodyCutShortIsNeverApplied) {
    TestServer server(patient());
    auto client = server.connect();
    const std::string request = documented_request("POST", "a@a.com", "password", "signup");
    client.send(request.substr(0, request.size() - 1));
    client.finish_sending();
    EXPECT_TRUE(client.is_closed_by_peer());
    EXPECT_EQ(server.store().status().users, 0U);
}

TEST(ClassicConnection, ALateBodyOfAClientWithHostIsUsedWhole) {
    ServerOptions options = patient();
    options.limits.classic_silence = 1ms;
    TestServer server(options);
    auto client = server.connect();
    client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 25\r\n\r\nuser:a@a.com,pw,si");
    // Many silences pass while another connection is served.
    auto other = server.connect();
    for (int i = 0; i < 20; ++i)
        other.ask(documented_request("GET"));
    EXPECT_EQ(client.ask("gnup,xy").status, 400U);  // "signup,xy" has password "pw,signup"
    EXPECT_EQ(server.store().status().users, 0U);
}

TEST(ClassicConnection, TellsAClientThatWaitsForItToGoOn) {
    TestServer server(patient());
    auto client = server.connect();
    const RawAnswer interim = client.ask(
        "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 24\r\n\r\n", true);
    EXPECT_EQ(interim.status, 100U);
    EXPECT_EQ(client.ask("user:a@a.com,pw12,signup").status, 201U);
}

TEST(ClassicConnection, SaysThatAHeadCameTooSlowly) {
    ServerOptions options = patient();
    // A client that sends nothing in this time gets no response.
    options.limits.head_deadline = 500ms;
    TestServer server(options);
    auto client = server.connect();
    client.send("GET / HT");
    const RawAnswer answer = client.read_answer();
    EXPECT_EQ(answer.status, 408U);
    EXPECT_EQ(answer.headers.at("Connection"), "close");
    EXPECT_TRUE(client.is_closed_by_peer());
}

TEST(ClassicConnection, SaysThatABodyCameTooSlowly) {
    ServerOptions options = patient();
    options.limits.body_deadline = 30ms;
    TestServer server(options);
    auto client = server.connect();
    EXPECT_EQ(client.ask("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\nuser:").status,
              408U);
    EXPECT_TRUE(client.is_closed_by_peer());
}

TEST(ClassicConnection, ClosesAConnectionThatNeverSends) {
    ServerOptions options = patient();
    options.limits.head_deadline = 30ms;
    TestServer server(options);
    EXPECT_TRUE(server.connect().is_closed_by_peer());
}

TEST(ClassicConnection, ClosesAConnectionThatIsIdleTooLong) {
    ServerOptions options = patient();
    options.limits.classic_idle = 30ms;
    TestServer server(options);
    auto client = server.connect();
    EXPECT_EQ(client.ask(documented_request("GET")).status, 403U);
    EXPECT_TRUE(client.is_closed_by_peer());
}

TEST(ClassicConnection, ARefusedLargeBodyLeavesTheAnswerReadable) {
    TestServer server(patient());
    auto client = server.connect();
    std::thread sender([&] {
        client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n");
        client.send(std::string(1000000, 'x'));
        client.finish_sending();
    });
    EXPECT_EQ(client.read_answer().status, 413U);
    sender.join();
    EXPECT_TRUE(client.is_closed_by_peer());
}

TEST(ClassicConnection, EvictsTheLongestIdleAtTheCap) {
    ServerOptions options = patient();
    options.threads = 1;
    options.limits.connections = 2;
    TestServer server(options);
    auto first = server.connect();
    auto second = server.connect();
    EXPECT_EQ(first.ask(documented_request("GET")).status, 403U);
    EXPECT_EQ(second.ask(documented_request("GET")).status, 403U);
    EXPECT_EQ(first.ask(documented_request("GET")).status, 403U);
    auto third = server.connect();
    EXPECT_EQ(third.ask(documented_request("GET")).status, 403U);
    EXPECT_TRUE(second.is_closed_by_peer());
    EXPECT_EQ(first.ask(documented_request("GET")).status, 403U);
}

TEST(ClassicConnection, TellsAnEvictedConnectionWithHalfARequest) {
    ServerOptions options = patient();
    options.threads = 1;
    options.limits.connections = 1;
    TestServer server(options);
    auto slow = server.connect();
    slow.send("GET / HTTP/1.1\r\nHo");
    auto other = server.connect();
    EXPECT_EQ(other.ask(documented_request("GET")).status, 403U);
    EXPECT_EQ(slow.read_answer().status, 503U);
    EXPECT_TRUE(slow.is_closed_by_peer());
}

TEST(ClassicConnection, TellsAConnectionThatCannotBeServed) {
    ServerOptions options = patient();
    options.limits.connections = 1;
    TestServer server(options);
    server.store().close();
    auto busy = server.connect();
    busy.send(documented_request("POST", "a@a.com", "pw1", "signup"));
    server.store().wait_for_a_write();
    auto refused = server.connect();
    const RawAnswer answer = refused.read_answer();
    EXPECT_EQ(answer.status, 503U);
    EXPECT_EQ(answer.headers.at("Connection"), "close");
    server.store().open();
    EXPECT_EQ(busy.read_answer().status, 201U);
}

TEST(ClassicConnection, OthersAreServedWhileAWriteWaits) {
    ServerOptions options = patient();
    options.threads = 1;
    TestServer server(options);
    server.store().close();
    auto writer = server.connect();
    writer.send(documented_request("POST", "a@a.com", "pw1", "signup"));
    server.store().wait_for_a_write();
    EXPECT_EQ(server.connect().ask(documented_request("GET")).status, 403U);
    server.store().open();
    EXPECT_EQ(writer.read_answer().status, 201U);
}

TEST(ClassicConnection, AStopAnswersWhatIsRunningAndClosesWhatIsIdle) {
    TestServer server(patient());
    auto idle = server.connect();
    EXPECT_EQ(idle.ask(documented_request("GET")).status, 403U);
    server.store().close();
    auto busy = server.connect();
    busy.send(documented_request("POST", "a@a.com", "pw1", "signup"));
    server.store().wait_for_a_write();
    server.server().stop();
    EXPECT_TRUE(idle.is_closed_by_peer());
    server.store().open();
    const RawAnswer answer = busy.read_answer();
    EXPECT_EQ(answer.status, 201U);
    EXPECT_EQ(answer.headers.at("Connection"), "close");
    EXPECT_TRUE(busy.is_closed_by_peer());
    server.server().wait();
    EXPECT_THROW(server.connect(), boost::system::system_error);
}

TEST(ClassicConnection, ASecondStopDoesNotWaitForTheClients) {
    TestServer server(patient());
    auto client = server.connect();
    EXPECT_EQ(client.ask(documented_request("GET")).status, 403U);
    client.send("GET / HTTP/1.1\r\n");
    server.server().stop();
    server.server().stop();
    server.server().wait();
    EXPECT_TRUE(client.is_closed_by_peer());
}

// Serves one connection by itself, in a coroutine that is cancelled.
TEST(ClassicConnection, ARequestThatHasBegunIsNotCancelled) {
    namespace asio = boost::asio;
    testing::FakeStore store;
    store.close();
    const auto log = std::make_shared<test::RecordedLog>();
    passwords::PasswordHasher hasher(1, 16, passwords::HashCost{8, 1});
    accounts::Accounts accounts(store, hasher, accounts::AccountsOptions(), log);
    ConnectionTable table(1, 1);
    BoundedPool threads(1, {1});
    ClassicHandlers handlers(accounts, table, threads, {});
    const ServerLimits limits = patient().limits;
    const ClassicContext context{handlers, table, limits, log};

    asio::io_context io;
    asio::ip::tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
    test::RawClient client(acceptor.local_endpoint().port());
    asio::ip::tcp::endpoint peer;
    auto socket = acceptor.accept(peer);
    auto connection = std::make_shared<ClassicConnection>(io, Descriptor(socket.release()),
                                                          peer.address(), context);
    asio::cancellation_signal cancel;
    asio::co_spawn(io, ClassicConnection::serve(std::move(connection)),
                   asio::bind_cancellation_slot(cancel.slot(), asio::detached));
    std::thread server([&] { io.run(); });
    client.send(documented_request("POST", "a@a.com", "pw1", "signup"));
    store.wait_for_a_write();
    asio::post(io, [&] { cancel.emit(asio::cancellation_type::terminal); });
    store.open();
    EXPECT_EQ(client.read_answer().status, 201U);
    EXPECT_EQ(client.ask(documented_request("GET")).status, 403U);
    client.finish_sending();
    server.join();
}

TEST(ClassicConnection, ManySignUpsOfOneEmailGiveOneAccount) {
    TestServer server(patient());
    std::atomic<int> created = 0;
    std::atomic<int> taken = 0;
    std::vector<std::thread> clients;
    for (int i = 0; i < 100; ++i) {
        clients.emplace_back([&] {
            auto client = server.connect();
            const unsigned status =
                client.ask(documented_request("POST", "a@a.com", "pw1", "signup")).status;
            if (status == 201) ++created;
            if (status == 409) ++taken;
        });
    }
    for (auto& client : clients)
        client.join();
    EXPECT_EQ(created, 1);
    EXPECT_EQ(taken, 99);
}

TEST(ClassicConnection, ManyClientsAtOnceAreNotMixedUp) {
    TestServer server(patient());
    std::atomic<int> right = 0;
    std::vector<std::thread> clients;
    for (int i = 0; i < 100; ++i) {
        clients.emplace_back([&, i] {
            const std::string email = "user" + std::to_string(i) + "@a.com";
            const std::string password = "password" + std::to_string(i);
            auto client = server.connect();
            client.ask(documented_request("POST", email, password, "signup"));
            client.ask(log_in(email, password));
            const std::string own = client.ask(documented_request("GET")).body;
            if (own.find('"' + email + '"') != std::string::npos) ++right;
        });
    }
    for (auto& client : clients)
        client.join();
    EXPECT_EQ(right, 100);
    EXPECT_EQ(server.store().status().users, 100U);
}

TEST(Server, RefusesAnAddressThatIsTaken) {
    TestServer server;
    ServerOptions options;
    options.classic = server.server().classic_endpoint();
    options.http = "off";
    auto log = std::make_shared<test::RecordedLog>();
    try {
        start_server(options, server.store(), log);
        FAIL() << "two servers share an address";
    } catch (const StartupError& e) {
        EXPECT_EQ(e.code(), Errc::address_unavailable);
        EXPECT_NE(std::string(e.what()).find(options.classic), std::string::npos);
    }
}

TEST(Server, RefusesAnAddressThatIsNone) {
    auto store = open_store("memory:", {});
    ServerOptions options;
    options.classic = "9999";
    options.http = "off";
    EXPECT_THROW(start_server(options, *store, std::make_shared<test::RecordedLog>()),
                 StartupError);
}

TEST(Server, NeedsOneListener) {
    auto store = open_store("memory:", {});
    const auto log = std::make_shared<test::RecordedLog>();
    ServerOptions options;
    options.classic = options.http = "off";
    EXPECT_THROW(start_server(options, *store, log), StartupError);
    options.http = "127.0.0.1:0";
    EXPECT_EQ(start_server(options, *store, log)->classic_endpoint(), "off");
    std::swap(options.classic, options.http);
    EXPECT_EQ(start_server(options, *store, log)->http_endpoint(), "off");
}

}  // namespace
}  // namespace roster::server
