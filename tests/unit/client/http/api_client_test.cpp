#include <roster/api_client.hpp>

#include "unit/client/http/api_peer.hpp"

#include <string>
#include <utility>

namespace roster::client {
namespace {

using namespace std::chrono_literals;

TEST_F(ClientApi, ReadsAUser) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        const std::string request = co_await peer->read_request();
        EXPECT_TRUE(request.starts_with("GET /v1/users/7 HTTP/1.1\r\nHost: 127.0.0.1:")) << request;
        EXPECT_NE(request.find("\r\nAuthorization: Bearer rst_x\r\n"), std::string::npos);
        co_await peer->send(http_answer("200 OK", kUser));
    });
    ApiClient api = client();
    api.use_token(Secret("rst_x"));
    const auto user = run(api.user(7));
    ASSERT_TRUE(user) << user.error().error.message();
    EXPECT_EQ(user->id, 7U);
    EXPECT_EQ(user->role, Role::admin);
    EXPECT_EQ(user->profile.groups, std::vector<std::string>{"x"});
    EXPECT_EQ(user->metadata, R"({"n":1.50})");
}

TEST_F(ClientApi, TakesNoRedirectionForSuccess) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        const std::string request = co_await peer->read_request();
        co_await peer->send(http_answer("301 Moved", ""));
    });
    ApiClient api = client();
    const auto ended = run(api.log_out());
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().status, 301U);
    EXPECT_NE(ended.error().detail.find("another URL"), std::string::npos)
        << ended.error().error.message() << ": " << ended.error().detail;
}

TEST_F(ClientApi, KeepsItsConnection) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        for (int i = 0; i < 2; ++i) {
            const std::string request = co_await peer->read_request();
            co_await peer->send(http_answer("200 OK", kUser));
        }
    });
    ApiClient api = client();
    EXPECT_TRUE(run(api.user(7)));
    // The peer accepts once only.
    EXPECT_TRUE(run(api.own_user()));
}

TEST_F(ClientApi, SaysWhichMemberIsWrong) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        const std::string request = co_await peer->read_request();
        EXPECT_NE(request.find(R"({"email":"\"@a.com","password":"short"})"), std::string::npos);
        co_await peer->send(http_answer(
            "422 Invalid",
            R"({"code":"validation_failed","detail":"1 field","errors":[{"pointer":"/password",)"
            R"("code":"too_short","detail":"too short","params":{"min":8}}]})"));
    });
    ApiClient api = client();
    NewApiUser wanted("\"@a.com", Secret("short"));
    const auto user = run(api.create_user(std::move(wanted)));
    ASSERT_FALSE(user);
    EXPECT_EQ(user.error().problem, ProblemCode::validation_failed);
    EXPECT_EQ(user.error().error, Errc::password_too_short);
    EXPECT_EQ(user.error().fields.front().min, 8U);
}

TEST_F(ClientApi, WaitsAsItIsTold) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        std::string request = co_await peer->read_request();
        co_await peer->send(problem("503 Later", "store_unavailable", "Retry-After: 0\r\n"));
        request = co_await peer->read_request();
        co_await peer->send(http_answer("200 OK", kUser));
    });
    ApiClient api = client();
    EXPECT_TRUE(run(api.user(7)));
}

TEST_F(ClientApi, DoesNotWaitLongerThanItsDeadline) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        const std::string request = co_await peer->read_request();
        co_await peer->send(problem("429 Later", "too_many_attempts", "Retry-After: 900\r\n"));
    });
    ApiClient api = client();
    const auto user = run(api.user(7));
    ASSERT_FALSE(user);
    EXPECT_EQ(user.error().problem, ProblemCode::too_many_attempts);
    EXPECT_EQ(user.error().retry_after, 900s);
}

TEST_F(ClientApi, DoesNotRepeatWhatMayHaveBeenApplied) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        const std::string request = co_await peer->read_request();
        co_await peer->send(problem("503 Later", "store_unavailable", "Retry-After: 0\r\n"));
    });
    ApiClient api = client();
    NewApiUser wanted("a@a.com", Secret("long enough"));
    const auto user = run(api.create_user(std::move(wanted)));
    ASSERT_FALSE(user);
    EXPECT_EQ(user.error().error, Errc::store_unavailable);
}

TEST_F(ClientApi, RefusesALongAnswer) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        const std::string request = co_await peer->read_request();
        co_await peer->send(http_answer("200 OK", std::string(200, ' ')));
    });
    ApiClientOptions options;
    options.max_answer_bytes = 100;
    ApiClient api = client(options);
    const auto user = run(api.user(7));
    ASSERT_FALSE(user);
    EXPECT_EQ(user.error().error, Errc::malformed_answer);
}

TEST(ApiEndpoint, IsAUrlOrASocket) {
    const auto url = [](std::string_view text) {
        const auto endpoint = ApiEndpoint::parse(text);
        const auto* found = std::get_if<ApiEndpoint>(&endpoint);
        return found == nullptr ? "no" : found->url() + (found->is_private() ? " private" : "");
    };
    EXPECT_EQ(url("http://127.0.0.1:8080"), "http://127.0.0.1:8080 private");
    EXPECT_EQ(url("http://localhost:8080/"), "http://localhost:8080 private");
    EXPECT_EQ(url("http://[::1]:8080"), "http://[::1]:8080 private");
    EXPECT_EQ(url("http://example.com"), "http://example.com:80");
    EXPECT_EQ(url("https://example.com"), "https://example.com:443 private");
    EXPECT_EQ(url("https://[2001:db8::1]:8443/"), "https://[2001:db8::1]:8443 private");
    EXPECT_EQ(url("unix:/srv/users.json.sock"), "unix:/srv/users.json.sock private");
    for (const char* wrong : {"", "unix:", "https://", "ftp://a", "http://", "https://a/b",
                              "http://u@a", "example.com:8080"})
        EXPECT_EQ(url(wrong), "no") << wrong;
}

}  // namespace
}  // namespace roster::client
