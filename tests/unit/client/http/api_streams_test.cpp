// Calls that send or take more than fits into memory.

#include "unit/client/http/api_peer.hpp"

#include <gmock/gmock.h>

namespace roster::client {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

std::string chunk(std::string_view bytes) {
    std::array<char, 20> size{};
    std::snprintf(size.data(), size.size(), "%zx", bytes.size());
    return size.data() + std::string("\r\n") + std::string(bytes) + "\r\n";
}

constexpr std::string_view kChunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

class ClientApiStreams : public ClientApi {
  protected:
    ApiSink keep() {
        return [this](std::string_view part) -> result<void> {
            kept_.emplace_back(part);
            return {};
        };
    }
    // These parts, one after the other.
    static ApiSource send(std::vector<std::string> parts) {
        return [parts = std::move(parts), next = std::size_t{0}]() mutable -> result<std::string> {
            return next < parts.size() ? parts[next++] : std::string();
        };
    }

    std::vector<std::string> kept_;
};

TEST_F(ClientApiStreams, AnExportIsLines) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        const std::string request = co_await peer->read_request();
        EXPECT_THAT(request, StartsWith("GET /v1/export?password_hashes=true HTTP/1.1\r\n"));
        std::string answer(kChunked);
        answer += chunk("{\"id\":1}\n{\"i") + chunk("d\":2}") + chunk("\n") + chunk("");
        co_await peer->send_byte_by_byte(answer);
    });
    ApiClient api = client();
    EXPECT_TRUE(run(api.export_users(true, keep())));
    EXPECT_THAT(kept_, ElementsAre("{\"id\":1}", "{\"id\":2}"));
}

TEST_F(ClientApiStreams, AnExportThatBreaksOffFails) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        const std::string request = co_await peer->read_request();
        std::string answer(kChunked);
        answer += chunk("{\"id\":1}\n");
        co_await peer->send(answer);
        peer->close();
    });
    ApiClient api = client();
    const auto exported = run(api.export_users(false, keep()));
    ASSERT_FALSE(exported);
    EXPECT_EQ(exported.error().error, Errc::connection_closed);
    EXPECT_EQ(exported.error().status, 200U);
}

TEST_F(ClientApiStreams, AnExportWithHalfALineFails) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        const std::string request = co_await peer->read_request();
        co_await peer->send(http_answer("200 OK", "{\"id\":1}\n{\"id\":"));
    });
    ApiClient api = client();
    const auto exported = run(api.export_users(false, keep()));
    ASSERT_FALSE(exported);
    EXPECT_EQ(exported.error().error, Errc::malformed_answer);
}

TEST_F(ClientApiStreams, AProblemGoesToNoSink) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        const std::string request = co_await peer->read_request();
        co_await peer->send(problem("403 Forbidden", "forbidden"));
    });
    ApiClient api = client();
    const auto saved = run(api.back_up(keep()));
    ASSERT_FALSE(saved);
    EXPECT_EQ(saved.error().problem, ProblemCode::forbidden);
    EXPECT_TRUE(kept_.empty());
}

TEST_F(ClientApiStreams, ASinkThatFailsEndsTheCallAndItsConnection) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        std::string request = co_await peer->read_request();
        std::string answer(kChunked);
        answer += chunk("bytes");
        co_await peer->send(answer);
        // It is closed, not kept.
        co_await peer->read_to_end();
        peer->close();
        co_await peer->accept();
        request = co_await peer->read_request();
        co_await peer->send(http_answer("200 OK", kUser));
    });
    ApiClient api = client();
    const auto full = [](std::string_view) -> result<void> { return Errc::store_unavailable; };
    const auto saved = run(api.back_up(full));
    ASSERT_FALSE(saved);
    EXPECT_EQ(saved.error().error, Errc::store_unavailable);
    EXPECT_TRUE(run(api.user(7)));
}

// Several times what a connection's buffers hold.
constexpr std::size_t kLong = 32 * 1024 * 1024;

TEST_F(ClientApiStreams, ALongAnswerIsTakenInParts) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        const std::string request = co_await peer->read_request();
        // The head alone makes no part.
        co_await peer->send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(kLong) +
                            "\r\n\r\n");
        co_await peer->send(std::string(kLong, 'x'));
    });
    ApiClientOptions options;
    // Of answers that are kept whole.
    options.max_answer_bytes = 100;
    ApiClient api = client(options);
    std::size_t bytes = 0;
    std::size_t largest = 0;
    const auto count = [&](std::string_view part) -> result<void> {
        EXPECT_FALSE(part.empty());
        bytes += part.size();
        largest = std::max(largest, part.size());
        return {};
    };
    EXPECT_TRUE(run(api.back_up(count)));
    EXPECT_EQ(bytes, kLong);
    EXPECT_LE(largest, 1024U * 1024U);
}

TEST_F(ClientApiStreams, AnImportIsSentInPartsAndAnsweredInLines) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        const std::string request = co_await peer->read_up_to("\r\n0\r\n\r\n");
        EXPECT_THAT(request, StartsWith("POST /v1/import?dry_run=true HTTP/1.1\r\n"));
        EXPECT_THAT(request, HasSubstr("\r\nContent-Type: application/x-ndjson\r\n"));
        EXPECT_THAT(request, HasSubstr("\r\nTransfer-Encoding: chunked\r\n"));
        EXPECT_THAT(request, HasSubstr(chunk("{\"email\":") + chunk("\"a\"}\n") + "0\r\n\r\n"));
        co_await peer->send(http_answer(
            "200 OK",
            "{\"line\":1,\"status\":\"would_add\"}\n"
            "{\"line\":2,\"status\":\"refused\",\"code\":\"id_taken\",\"detail\":\"x\"}\n"
            "{\"line\":3,\"status\":\"refused\",\"code\":\"later\"}\n"
            "{\"line\":4,\"status\":\"added\",\"id\":9}\n"
            "{\"summary\":{\"added\":0,\"refused\":2}}\n"));
    });
    ApiClient api = client();
    std::vector<ApiImportedLine> lines;
    const auto told = [&](const ApiImportedLine& line) { lines.push_back(line); };
    const auto summary = run(api.import_users(send({"{\"email\":", "\"a\"}\n"}), true, told));
    ASSERT_TRUE(summary) << summary.error().error.message();
    EXPECT_EQ(summary->refused, 2U);
    using Status = ApiImportedLine::Status;
    ASSERT_EQ(lines.size(), 4U);
    EXPECT_EQ(lines[0].status, Status::would_add);
    EXPECT_EQ(lines[1].status, Status::refused);
    EXPECT_EQ(lines[1].code, Errc::id_taken);
    EXPECT_EQ(lines[1].detail, "x");
    EXPECT_EQ(lines[2].code, Errc::invalid_request);
    EXPECT_EQ(lines[3].id, 9U);
}

TEST_F(ClientApiStreams, AnAnswerBeforeTheEndOfALongBodyIsRead) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        const std::string head = co_await peer->read_up_to("\r\n\r\n");
        co_await peer->send(
            problem("401 Unauthorized", "unauthenticated", "Connection: close\r\n"));
        co_await peer->read_to_end();
    });
    ApiClient api = client();
    const auto summary = run(api.import_users(send({std::string(kLong, ' ')}), false));
    ASSERT_FALSE(summary);
    EXPECT_EQ(summary.error().problem, ProblemCode::unauthenticated);
}

TEST_F(ClientApiStreams, ASourceThatFailsSendsNoEnd) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        const std::string head = co_await peer->read_up_to("\r\n\r\n");
        co_await peer->read_to_end();
        peer->received_all.set();
    });
    ApiClient api = client();
    const auto source = []() -> result<std::string> { return Errc::internal; };
    const auto summary = run(api.import_users(source, false));
    ASSERT_FALSE(summary);
    EXPECT_EQ(summary.error().error, Errc::internal);
}

}  // namespace
}  // namespace roster::client
