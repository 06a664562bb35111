// Framing, deadlines, pipelining and the end of HTTP connections, over real ones.

#include "server/http/http_connection.hpp"

#include "server/http/body_source.hpp"
#include "server/net/listener.hpp"
#include "support/http_requests.hpp"
#include "unit/server/server_fixture.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <mutex>
#include <optional>
#include <random>
#include <stdexcept>
#include <thread>
#include <vector>

namespace roster::server {
namespace {

using namespace std::chrono_literals;
using protocol::http::BodyPart;
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

ServerLimits patient_limits() {
    ServerLimits limits;
    limits.connections = 1000;
    limits.head_deadline = kNever;
    limits.body_deadline = kNever;
    limits.http_idle = kNever;
    return limits;
}

// Answers with the body of the request, and remembers the bodies.
class EchoHandler final : public RequestHandler {
  public:
    boost::asio::awaitable<void> answer(const Request& request, const Peer&,
                                        Response& response) override {
        if (request.target.path() == "/throw") throw std::runtime_error("secret detail");
        {
            const std::lock_guard lock(mutex_);
            bodies_.emplace_back(request.body);
        }
        response.content_type = "text/plain";
        if (request.target.path() == "/parts") response.rest = take_rest();
        response.body += request.body.empty() ? request.target.path() : request.body;
        co_return;
    }

    boost::asio::awaitable<std::size_t> body_limit(const Request& request, const Peer&,
                                                   std::size_t usual) override {
        co_return request.target.path() == "/large" ? 1'000'000 : usual;
    }

    std::vector<std::string> bodies() const {
        const std::lock_guard lock(mutex_);
        return bodies_;
    }

    /// What follows the next response to "/parts".
    void follow_with(std::shared_ptr<protocol::http::BodySource> rest) {
        const std::lock_guard lock(mutex_);
        rest_ = std::move(rest);
    }

  private:
    std::shared_ptr<protocol::http::BodySource> take_rest() {
        const std::lock_guard lock(mutex_);
        return std::move(rest_);
    }

    mutable std::mutex mutex_;
    std::shared_ptr<protocol::http::BodySource> rest_;
    std::vector<std::string> bodies_;
};

// One I/O thread that serves connections with an EchoHandler.
class EchoServer {
  public:
    explicit EchoServer(ServerLimits limits = patient_limits(), bool access_log = false)
        : limits_(limits),
          table_(limits.connections, limits.connections_per_address),
          context_{handler_, table_, limits_, log_, access_log} {
        auto acceptor = listen_on(io_, {boost::asio::ip::address_v4::loopback(), 0});
        port_ = acceptor.local_endpoint().port();
        Listener::Handlers handlers;
        handlers.exhausted = [] {};
        handlers.accepted = [this](TimedStream::Socket socket, const PeerAddress& peer) {
            auto connection = std::make_shared<HttpConnection>(std::move(socket), peer, context_);
            boost::asio::co_spawn(io_, Connection::serve(std::move(connection)),
                                  boost::asio::detached);
        };
        listener_.emplace(std::move(acceptor), std::move(handlers), log_);
        boost::asio::co_spawn(io_, listener_->run(), boost::asio::detached);
        thread_ = std::thread([this] { io_.run(); });
    }

    ~EchoServer() {
        boost::asio::post(io_, [this] { listener_->close(); });
        table_.close_all(CloseReason::aborted);
        thread_.join();
    }

    RawClient connect() const { return RawClient(port_); }
    const EchoHandler& handler() const { return handler_; }
    void follow_with(std::shared_ptr<protocol::http::BodySource> rest) {
        handler_.follow_with(std::move(rest));
    }
    std::string log() const { return log_->text(); }
    ConnectionTable& table() { return table_; }

  private:
    const ServerLimits limits_;
    std::shared_ptr<test::RecordedLog> log_ = std::make_shared<test::RecordedLog>();
    EchoHandler handler_;
    ConnectionTable table_;
    HttpContext context_;
    boost::asio::io_context io_{1};
    std::uint16_t port_ = 0;
    std::optional<Listener> listener_;
    std::thread thread_;
};

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
    const RawAnswer trace = client.ask(with_line("TRACE / HTTP/1.1"));
    EXPECT_EQ(trace.status, 405U);
    EXPECT_THAT(trace.headers.at("Allow"), HasSubstr("GET"));
    EXPECT_EQ(client.ask(with_line("BREW / HTTP/1.1")).status, 501U);
    EXPECT_EQ(client.ask(get()).status, 200U);
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
    EchoServer server(patient_limits(), true);
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

// Parts of 1000 bytes: this many, and then an error or the end.
class Parts final : public protocol::http::BodySource {
  public:
    explicit Parts(std::size_t parts, std::optional<Errc> failure = std::nullopt)
        : left_(parts), failure_(failure) {}
    ~Parts() override { destroyed_.set_value(); }

    boost::asio::awaitable<result<BodyPart>> append(std::string& out) override {
        if (left_ == 0 && failure_ == Errc::overloaded) throw std::runtime_error("secret detail");
        if (left_ == 0 && failure_) co_return *failure_;
        if (left_ == 0) co_return BodyPart::last;
        out.append(1000, 'x');
        --left_;
        ++given_;
        co_return BodyPart::more;
    }

    std::size_t given() const { return given_; }
    std::future<void> destroyed() { return destroyed_.get_future(); }

  private:
    std::size_t left_;
    const std::optional<Errc> failure_;
    std::atomic<std::size_t> given_ = 0;
    std::promise<void> destroyed_;
};

TEST(HttpConnection, SendsABodyInParts) {
    EchoServer server;
    auto client = server.connect();
    for (const std::size_t parts : {0U, 1U, 300U}) {
        server.follow_with(std::make_shared<Parts>(parts));
        const RawAnswer answer = client.ask(to_target("/parts"));
        EXPECT_EQ(answer.headers.at("Transfer-Encoding"), "chunked");
        EXPECT_EQ(answer.headers.count("Content-Length"), 0U);
        EXPECT_EQ(answer.body, "/parts" + std::string(1000 * parts, 'x'));
    }
    EXPECT_EQ(client.ask(to_target("/next")).body, "/next");
}

TEST(HttpConnection, SendsABodyInPartsToTheEndOfAnHttp10Connection) {
    EchoServer server;
    server.follow_with(std::make_shared<Parts>(300));
    auto client = server.connect();
    const RawAnswer answer = client.ask("GET /parts HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(answer.headers.at("Connection"), "close");
    EXPECT_EQ(answer.headers.count("Transfer-Encoding"), 0U);
    EXPECT_EQ(answer.body, "/parts" + std::string(300'000, 'x'));
}

TEST(HttpConnection, AsksForNoPartToAnswerHead) {
    EchoServer server;
    const auto parts = std::make_shared<Parts>(3);
    server.follow_with(parts);
    auto client = server.connect();
    const RawAnswer answer = client.ask(with_line("HEAD /parts HTTP/1.1"), true);
    EXPECT_EQ(answer.headers.at("Transfer-Encoding"), "chunked");
    EXPECT_EQ(client.ask(to_target("/next")).body, "/next");
    EXPECT_EQ(parts->given(), 0U);
}

TEST(HttpConnection, ShowsThatABodyInPartsIsCut) {
    EchoServer server;
    for (const Errc failure : {Errc::store_unavailable, Errc::overloaded}) {
        for (const char* request :
             {"GET /parts HTTP/1.1\r\nHost: a\r\n\r\n", "GET /parts HTTP/1.0\r\n\r\n"}) {
            server.follow_with(std::make_shared<Parts>(2, failure));
            EXPECT_THROW(server.connect().ask(request), boost::system::system_error);
        }
    }
    EXPECT_THAT(server.log(), HasSubstr("is cut: the store cannot be read"));
    EXPECT_THAT(server.log(), HasSubstr("is cut: secret detail"));
}

TEST(HttpConnection, ABodyInPartsEndsAtOnceWhenTheServerDoes) {
    EchoServer server;
    auto parts = std::make_shared<Parts>(1'000'000'000);
    auto destroyed = parts->destroyed();
    server.follow_with(std::move(parts));
    auto client = server.connect();
    client.ask(to_target("/parts"), true);
    EXPECT_EQ(server.connect().ask(get()).status, 200U);
    EXPECT_EQ(destroyed.wait_for(0s), std::future_status::timeout);
    server.table().close_all(CloseReason::aborted);
    destroyed.wait();
}

TEST(HttpConnection, EndsABodyInPartsWhoseClientIsGone) {
    EchoServer server;
    auto parts = std::make_shared<Parts>(1'000'000'000);
    auto destroyed = parts->destroyed();
    server.follow_with(std::move(parts));
    {
        auto client = server.connect();
        client.ask(to_target("/parts"), true);
    }
    destroyed.wait();
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
