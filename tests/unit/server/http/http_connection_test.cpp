// Framing, deadlines, pipelining and the end of HTTP connections, over real ones.

#include "support/http_requests.hpp"
#include "unit/server/http/echo_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <random>
#include <thread>
#include <vector>

namespace roster::server {
namespace {

using namespace std::chrono_literals;
using protocol::http::chunked;
using protocol::http::get;
using protocol::http::post;
using protocol::http::raw_requests;
using protocol::http::to_target;
using protocol::http::with_line;
using test::RawAnswer;
using test::RawClient;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(HttpConnection, AnswersOneRequestAfterAnother) {
    EchoServer server;
    auto client = server.connect();
    EXPECT_EQ(client.ask(to_target("/a")).body, "/a");
    const RawAnswer answer = client.ask(post("Content-Length: 3", "abc"));
    EXPECT_EQ(answer.status, 200U);
    EXPECT_EQ(answer.body, "abc");
    EXPECT_EQ(answer.headers.at("Connection"), "keep-alive");
    EXPECT_EQ(answer.headers.at("Server"), "roster");
    EXPECT_EQ(answer.headers.at("Cache-Control"), "no-store");
    EXPECT_EQ(client.ask(chunked("3\r\nabc\r\n0\r\n\r\n")).body, "abc");
}

TEST(HttpConnection, AnswersInOrderWhatCameTogether) {
    EchoServer server;
    auto client = server.connect();
    std::string requests;
    for (int i = 0; i < 100; ++i)
        requests += to_target("/" + std::to_string(i));
    client.send(requests);
    for (int i = 0; i < 100; ++i)
        EXPECT_EQ(client.read_answer().body, "/" + std::to_string(i));
}

// More than a thread keeps decoders for.
TEST(HttpConnection, RequestsThatComeInPartsAreTheirConnectionsOwn) {
    EchoServer server;
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < 40; ++i)
        clients.emplace_back(new RawClient(server.connect()));
    for (int round = 0; round < 3; ++round) {
        const auto body_of = [round](std::size_t client) {
            return std::to_string(100 * (round + 1) + static_cast<int>(client));
        };
        for (std::size_t i = 0; i < clients.size(); ++i)
            clients[i]->send(post("Content-Length: 3\r\nRequest-Id: of-" + body_of(i), "") +
                             body_of(i).substr(0, 1));
        for (std::size_t i = clients.size(); i-- > 0;) {
            const RawAnswer answer = clients[i]->ask(body_of(i).substr(1));
            EXPECT_EQ(answer.body, body_of(i));
            EXPECT_EQ(answer.headers.at("Request-Id"), "of-" + body_of(i));
            EXPECT_NE(clients[i]->ask(get()).headers.at("Request-Id"), "of-" + body_of(i));
        }
    }
}

TEST(HttpConnection, RequestsWithoutEndDoNotStopOtherConnections) {
    EchoServer server;
    std::string requests;
    for (int i = 0; i < 1000; ++i)
        requests += get();
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
        EXPECT_EQ(server.connect().ask(get()).status, 200U);
    stop = true;
    sender.join();
    reader.join();
}

TEST(HttpConnection, SendsNoBodyToHead) {
    EchoServer server;
    auto client = server.connect();
    const RawAnswer answer = client.ask(with_line("HEAD /abc HTTP/1.1"), true);
    EXPECT_EQ(answer.headers.at("Content-Length"), "4");
    EXPECT_EQ(client.ask(to_target("/next")).body, "/next");
}

TEST(HttpConnection, AnswersWhatIsTheSameForEveryTarget) {
    EchoServer server;
    auto client = server.connect();
    EXPECT_EQ(client.ask(with_line("OPTIONS * HTTP/1.1"), true).status, 204U);
    const RawAnswer unknown = client.ask(with_line("BREW / HTTP/1.1"));
    EXPECT_EQ(unknown.status, 501U);
    EXPECT_THAT(unknown.headers.at("Allow"), HasSubstr("GET"));
    EXPECT_EQ(client.ask(get()).status, 200U);
}

TEST(HttpConnection, MeetsNoExpectationButToContinue) {
    for (const char* unknown : {"Expect: a", "Expect: 100-continue, a"}) {
        EchoServer server;
        auto client = server.connect();
        client.send(get(unknown) + get());
        EXPECT_EQ(client.read_answer().status, 417U);
        EXPECT_TRUE(client.is_closed_by_peer());
    }
}

TEST(HttpConnection, NamesEveryRequest) {
    EchoServer server;
    auto client = server.connect();
    EXPECT_EQ(client.ask(get("Request-Id: my-id")).headers.at("Request-Id"), "my-id");
    const std::string first = client.ask(get()).headers.at("Request-Id");
    const std::string second = client.ask(get("Request-Id: not valid")).headers.at("Request-Id");
    EXPECT_EQ(first.size(), 16U);
    EXPECT_NE(first, second);
}

TEST(HttpConnection, RefusesWithAProblemAndCloses) {
    EchoServer server;
    auto client = server.connect();
    client.send(get() + get("X : y") + get());
    EXPECT_EQ(client.read_answer().status, 200U);
    const RawAnswer answer = client.read_answer();
    EXPECT_EQ(answer.status, 400U);
    EXPECT_EQ(answer.headers.at("Connection"), "close");
    EXPECT_EQ(answer.headers.at("Content-Type"), "application/problem+json");
    EXPECT_THAT(answer.body, HasSubstr("\"code\":\"malformed_request\""));
    EXPECT_THAT(answer.body, HasSubstr(answer.headers.at("Request-Id")));
    EXPECT_TRUE(client.is_closed_by_peer());
    EXPECT_EQ(server.handler().bodies().size(), 1U);
}

TEST(HttpConnection, RefusesTlsAtOnceAndSaysSo) {
    EchoServer server;
    auto client = server.connect();
    const RawAnswer answer = client.ask("\x16\x03\x01\x02");
    EXPECT_EQ(answer.status, 400U);
    EXPECT_THAT(answer.body, HasSubstr("TLS"));
    EXPECT_TRUE(client.is_closed_by_peer());
    EXPECT_THAT(server.log(), HasSubstr("a TLS handshake came to the plain listener"));
}

TEST(HttpConnection, DoesNothingAfterTheLastRequest) {
    EchoServer server;
    auto client = server.connect();
    client.send(get("Connection: close") + post("Content-Length: 1", "x"));
    EXPECT_EQ(client.read_answer().headers.at("Connection"), "close");
    EXPECT_TRUE(client.is_closed_by_peer());
    EXPECT_EQ(server.handler().bodies().size(), 1U);
}

TEST(HttpConnection, AnswersAClientThatHasFinishedSending) {
    EchoServer server;
    auto client = server.connect();
    client.send(get() + get());
    client.finish_sending();
    EXPECT_EQ(client.read_answer().status, 200U);
    EXPECT_EQ(client.read_answer().status, 200U);
    EXPECT_TRUE(client.is_closed_by_peer());
}

TEST(HttpConnection, NeverAppliesABodyThatWasCutShort) {
    EchoServer server;
    for (const std::string& bytes : {post("Content-Length: 4", "abc"), chunked("3\r\nabc\r\n"),
                                     chunked("3\r\nabc\r\n0\r\n")}) {
        auto client = server.connect();
        client.send(bytes);
        client.finish_sending();
        EXPECT_TRUE(client.is_closed_by_peer());
    }
    EXPECT_EQ(server.connect().ask(get()).status, 200U);
    EXPECT_EQ(server.handler().bodies(), std::vector<std::string>{""});
}

TEST(HttpConnection, TellsAClientThatWaitsForItToGoOn) {
    EchoServer server;
    auto client = server.connect();
    EXPECT_EQ(client.ask(post("Expect: 100-continue\r\nContent-Length: 3", ""), true).status, 100U);
    EXPECT_EQ(client.ask("abc").body, "abc");
    EXPECT_EQ(client.ask(post("Expect: 100-continue\r\nContent-Length: 99999", "")).status, 413U);
    EXPECT_TRUE(client.is_closed_by_peer());
}

TEST(HttpConnection, ARefusedLargeBodyLeavesTheAnswerReadable) {
    EchoServer server;
    for (const std::string& head : {post("Content-Length: 1000000", ""), chunked("F4240\r\n")}) {
        auto client = server.connect();
        std::thread sender([&] {
            client.send(head);
            client.send(std::string(1000000, 'x'));
            client.finish_sending();
        });
        EXPECT_EQ(client.read_answer().status, 413U);
        sender.join();
        EXPECT_TRUE(client.is_closed_by_peer());
    }
}

TEST(HttpConnection, TakesALongBodyWhereTheHandlerSaysSo) {
    EchoServer server;
    auto client = server.connect();
    const std::string body(1'000'000, 'x');
    const std::string head = "POST /large HTTP/1.1\r\nHost: a\r\n";
    EXPECT_EQ(client.ask(head + "Content-Length: 1000000\r\n\r\n" + body).body, body);
    EXPECT_EQ(
        client.ask(head + "Transfer-Encoding: chunked\r\n\r\nF4240\r\n" + body + "\r\n0\r\n\r\n")
            .body,
        body);
    EXPECT_EQ(client.ask(post("Content-Length: 100000", "")).status, 413U);
    EXPECT_EQ(server.connect().ask(head + "Content-Length: 1000001\r\n\r\n").status, 413U);
}

TEST(HttpConnection, SaysThatAHeadCameTooSlowly) {
    ServerLimits limits = patient_limits();
    // A client that sends nothing in this time gets no response.
    limits.head_deadline = 500ms;
    EchoServer server(limits);
    auto client = server.connect();
    client.send("GET / HT");
    const RawAnswer answer = client.read_answer();
    EXPECT_EQ(answer.status, 408U);
    EXPECT_EQ(answer.headers.at("Connection"), "close");
    EXPECT_TRUE(client.is_closed_by_peer());
}

TEST(HttpConnection, SaysThatABodyCameTooSlowly) {
    ServerLimits limits = patient_limits();
    limits.body_deadline = 30ms;
    EchoServer server(limits);
    auto client = server.connect();
    EXPECT_EQ(client.ask(post("Content-Length: 20", "a")).status, 408U);
    EXPECT_TRUE(client.is_closed_by_peer());
    EXPECT_TRUE(server.handler().bodies().empty());
}

TEST(HttpConnection, ClosesAConnectionThatNeverSendsOrIsIdleTooLong) {
    ServerLimits limits = patient_limits();
    limits.head_deadline = 300ms;
    limits.http_idle = 30ms;
    EchoServer server(limits);
    EXPECT_TRUE(server.connect().is_closed_by_peer());
    auto client = server.connect();
    EXPECT_EQ(client.ask(get()).status, 200U);
    EXPECT_TRUE(client.is_closed_by_peer());
}

TEST(HttpConnection, IsIdleOnlyOnceItsAnswerIsSent) {
    ServerLimits limits = patient_limits();
    limits.http_idle = 3s;
    EchoServer server(limits);
    auto client = server.connect();
    client.send(to_target("/long"));
    std::this_thread::sleep_for(limits.http_idle + 200ms);
    EXPECT_GT(client.read_answer().body.size(), std::size_t{16} << 20U);
    EXPECT_EQ(client.ask(get()).status, 200U);
}

TEST(HttpConnection, ResetsAPeerThatDoesNotReadItsAnswers) {
    ServerLimits limits = patient_limits();
    limits.write_deadline = 50ms;
    EchoServer server(limits);
    auto client = server.connect();
    std::string requests;
    for (int i = 0; i < 1000; ++i)
        requests += to_target("/" + std::string(1000, 'a'));
    const auto send_forever = [&] {
        for (;;)
            client.send(requests);
    };
    EXPECT_THROW(send_forever(), boost::system::system_error);
    EXPECT_EQ(server.connect().ask(get()).status, 200U);
}

TEST(HttpConnection, SaysThatThereAreTooManyConnections) {
    ServerLimits limits = patient_limits();
    limits.connections = 1;
    EchoServer server(limits);
    auto slow = server.connect();
    slow.send("GET / HTTP/1.1\r\nHo");
    auto other = server.connect();
    EXPECT_EQ(other.ask(get()).status, 200U);
    const RawAnswer answer = slow.read_answer();
    EXPECT_EQ(answer.status, 503U);
    EXPECT_EQ(answer.headers.at("Retry-After"), "2");
    EXPECT_THAT(answer.body, HasSubstr("\"code\":\"overloaded\""));
    EXPECT_TRUE(slow.is_closed_by_peer());
}

TEST(HttpConnection, AnExceptionIsAProblemWithoutItsText) {
    EchoServer server;
    auto client = server.connect();
    const RawAnswer answer = client.ask(to_target("/throw"));
    EXPECT_EQ(answer.status, 500U);
    EXPECT_THAT(answer.body, HasSubstr("\"code\":\"internal\""));
    EXPECT_THAT(answer.body, Not(HasSubstr("secret detail")));
    EXPECT_TRUE(client.is_closed_by_peer());
    EXPECT_THAT(server.log(), HasSubstr("secret detail"));
}

TEST(HttpConnection, LogsRequestsWithoutTheirQueries) {
    EchoServer server(patient_limits(), AccessLog::text);
    auto client = server.connect();
    const RawAnswer answer = client.ask(to_target("/v1/users?q=secret"));
    EXPECT_THAT(server.log(), HasSubstr("http 127.0.0.1 GET /v1/users 200 9 bytes "));
    EXPECT_THAT(server.log(), HasSubstr(" us " + answer.headers.at("Request-Id") + "\n"));
    client.ask(get("X : secret"));
    EXPECT_THAT(server.log(), HasSubstr("http 127.0.0.1 - - 400 "));
    EXPECT_THAT(server.log(), Not(HasSubstr("secret")));
}

TEST(HttpConnection, LogsNoRequestsUnlessTold) {
    EchoServer server;
    server.connect().ask(get());
    EXPECT_EQ(server.log(), "");
}

TEST(HttpConnection, AStopAnswersWhatHasArrivedAndCloses) {
    EchoServer server;
    auto idle = server.connect();
    EXPECT_EQ(idle.ask(get()).status, 200U);
    server.table().close_all(CloseReason::stopping);
    EXPECT_TRUE(idle.is_closed_by_peer());
    const RawAnswer answer = server.connect().read_answer();
    EXPECT_EQ(answer.status, 503U);
    EXPECT_EQ(answer.headers.at("Connection"), "close");
}

// What a server must outlive: the requests of the table, cut, doubled and with bytes changed.
std::string mutant(const std::vector<std::string>& seeds, std::mt19937& random) {
    std::string bytes = seeds[random() % seeds.size()];
    for (auto count = random() % 4; count > 0 && !bytes.empty(); --count) {
        const std::size_t at = random() % bytes.size();
        switch (random() % 4) {
            case 0: bytes[at] = static_cast<char>(random()); break;
            case 1: bytes.erase(at, random() % 8); break;
            case 2: bytes.insert(at, bytes.substr(random() % bytes.size(), random() % 16)); break;
            default: bytes.insert(at, 1, "\r\n\0 :,%"[random() % 7]); break;
        }
    }
    return bytes;
}

TEST(HttpConnection, OutlivesMutants) {
    EchoServer server;
    std::mt19937 random(20261128);
    std::vector<std::string> seeds;
    for (const auto& [bytes, outcome] : raw_requests()) {
        if (bytes.size() < 500) seeds.push_back(bytes);
    }
    for (int round = 0; round < 3000; ++round) {
        auto client = server.connect();
        client.send(mutant(seeds, random));
        // Some are gone in the middle, some read to the end.
        if (round % 3 == 0) continue;
        client.finish_sending();
        while (!client.is_closed_by_peer()) {
        }
    }
    EXPECT_EQ(server.connect().ask(to_target("/good")).body, "/good");
    EXPECT_THAT(server.log(), Not(HasSubstr("exception")));
}

}  // namespace
}  // namespace roster::server
