// Bodies that are sent while they are made.

#include "support/http_requests.hpp"
#include "unit/server/http/echo_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>

namespace roster::server {
namespace {

using namespace std::chrono_literals;
using protocol::http::BodyPart;
using protocol::http::get;
using protocol::http::to_target;
using protocol::http::with_line;
using test::RawAnswer;
using test::RawClient;
using ::testing::HasSubstr;

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

}  // namespace
}  // namespace roster::server
