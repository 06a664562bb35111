#include "server/http/status_handler.hpp"

#include "support/http_requests.hpp"
#include "unit/server/server_fixture.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace roster::server {
namespace {

using protocol::http::ProblemCode;
using protocol::http::to_target;
using protocol::http::with_line;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(StatusHandler, AnswersOverTheWire) {
    TestServer server;
    auto client = server.connect_http();
    EXPECT_EQ(client.ask(to_target("/health/live")).body, R"({"status":"live"})");
    EXPECT_EQ(client.ask(to_target("/health/ready?x=y")).body, R"({"status":"ready"})");
    const test::RawAnswer status = client.ask(to_target("/v1/status"));
    EXPECT_THAT(status.body, StartsWith(R"({"name":"roster","version":")"));
    EXPECT_THAT(status.body, HasSubstr(R"("status":"ready"})"));
    EXPECT_EQ(status.headers.at("Content-Type"), "application/json");
    EXPECT_EQ(client.ask(with_line("HEAD /v1/status HTTP/1.1"), true).status, 200U);
}

TEST(StatusHandler, SaysWhatIsNotThereAndWhatIsNotAllowed) {
    TestServer server;
    auto client = server.connect_http();
    const test::RawAnswer absent = client.ask(to_target("/v1/nothing"));
    EXPECT_EQ(absent.status, 404U);
    EXPECT_THAT(absent.body, HasSubstr(R"("instance":"/v1/nothing")"));
    for (const char* method : {"POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
        const test::RawAnswer refused =
            client.ask(with_line(std::string(method) + " /v1/status HTTP/1.1"));
        EXPECT_EQ(refused.status, 405U) << method;
        EXPECT_EQ(refused.headers.at("Allow"), "GET, HEAD");
    }
}

// What it answers to a GET, without a connection.
protocol::http::Response answer_of(const Store& store, const ConnectionTable& table,
                                   std::string_view path) {
    protocol::http::RequestDecoder decoder;
    decoder.feed(to_target(path));
    const protocol::http::Request* const request = decoder.next();
    const Peer peer(boost::asio::ip::address_v4::loopback());
    protocol::http::Response response;
    StatusHandler handler(store, table);
    boost::asio::io_context io;
    boost::asio::co_spawn(io, handler.answer(*request, peer, response), boost::asio::detached);
    io.run();
    return response;
}

TEST(StatusHandler, IsNotReadyWhileTheServerStops) {
    testing::FakeStore store;
    ConnectionTable table(1, 1);
    table.close_all(CloseReason::stopping);
    const auto ready = answer_of(store, table, "/health/ready");
    EXPECT_EQ(ready.status, 503U);
    EXPECT_EQ(ready.problem.value().code, ProblemCode::overloaded);
    EXPECT_EQ(ready.header_lines(), "Retry-After: 2\r\n");
    EXPECT_THAT(answer_of(store, table, "/v1/status").body, HasSubstr("\"draining\""));
    EXPECT_EQ(answer_of(store, table, "/health/live").status, 200U);
}

TEST(StatusHandler, IsNotReadyWhileTheStoreCannotWrite) {
    testing::FakeStore store;
    store.read_only = true;
    ConnectionTable table(1, 1);
    const auto ready = answer_of(store, table, "/health/ready");
    EXPECT_EQ(ready.status, 503U);
    EXPECT_EQ(ready.problem.value().code, ProblemCode::store_unavailable);
    EXPECT_THAT(answer_of(store, table, "/v1/status").body, HasSubstr("\"read-only\""));
    EXPECT_EQ(answer_of(store, table, "/health/live").status, 200U);
}

}  // namespace
}  // namespace roster::server
