#include "server/http/trusted_proxies.hpp"

#include "protocol/http/request_decoder.hpp"
#include "unit/server/server_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace roster::server {
namespace {

using ::testing::HasSubstr;

std::string client_of(const TrustedProxies& proxies, const std::string& peer,
                      const std::string& headers) {
    protocol::http::RequestDecoder decoder(protocol::RequestLimits{});
    decoder.feed("GET / HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n");
    const auto* request = decoder.next();
    if (request == nullptr) return "no request";
    return proxies.client_of(boost::asio::ip::make_address(peer), *request)->to_string();
}

const TrustedProxies& proxies() {
    static const TrustedProxies kProxies({"127.0.0.1", "10.0.0.0/8", "2001:db8::/32"});
    return kProxies;
}

TEST(TrustedProxies, NameTheClient) {
    for (const auto& [headers, client] : {
             std::pair<std::string, std::string>{"", "127.0.0.1"},
             {"X-Forwarded-For: 192.0.2.7\r\n", "192.0.2.7"},
             {"x-forwarded-for: 192.0.2.7:5678\r\n", "192.0.2.7"},
             {"X-Forwarded-For: [2001:db9::1]:443\r\n", "2001:db9::1"},
             {"X-Forwarded-For: ::ffff:192.0.2.7\r\n", "192.0.2.7"},
             {"X-Forwarded-For: 192.0.2.7, 10.1.2.3\r\n", "192.0.2.7"},
             {"X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-For: 2001:db8::5\r\n", "192.0.2.7"},
         })
        EXPECT_EQ(client_of(proxies(), "127.0.0.1", headers), client) << headers;
}

TEST(TrustedProxies, DoNotVouchForWhatTheClientWrote) {
    for (const auto& [headers, client] : {
             std::pair<std::string, std::string>{"X-Forwarded-For: 1.1.1.1, 192.0.2.7\r\n",
                                                 "192.0.2.7"},
             {"X-Forwarded-For: 127.0.0.1, 192.0.2.7\r\n", "192.0.2.7"},
             {"X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 192.0.2.7\r\n", "192.0.2.7"},
             {"X-Forwarded-For: 1.1.1.1, unknown\r\n", "127.0.0.1"},
             {"X-Forwarded-For: 1.1.1.1, unknown, 10.0.0.9\r\n", "10.0.0.9"},
             {"X-Forwarded-For: \", 192.0.2.7\r\n", "192.0.2.7"},
             {"X-Forwarded-For: 1.1.1.1,\r\n", "127.0.0.1"},
         })
        EXPECT_EQ(client_of(proxies(), "127.0.0.1", headers), client) << headers;
    EXPECT_EQ(client_of(proxies(), "192.0.2.1", "X-Forwarded-For: 1.1.1.1\r\n"), "192.0.2.1");
    EXPECT_EQ(client_of(TrustedProxies(), "127.0.0.1", "X-Forwarded-For: 1.1.1.1\r\n"),
              "127.0.0.1");
}

TEST(TrustedProxies, AreAddressesOrNetworks) {
    for (const char* bad : {"", "localhost", "10.0.0.0/33", "10.0.0", "10.0.0.0/", "::1/129", "*"})
        EXPECT_THROW(TrustedProxies({bad}), StartupError) << bad;
    EXPECT_EQ(client_of(TrustedProxies({"::1"}), "::1", "X-Forwarded-For: 1.1.1.1\r\n"), "1.1.1.1");
    EXPECT_EQ(client_of(TrustedProxies({"10.0.0.7/8"}), "::ffff:10.9.9.9",
                        "X-Forwarded-For: 1.1.1.1\r\n"),
              "1.1.1.1");
}

TEST(TrustedProxies, CountForTheLogs) {
    ServerOptions options;
    options.trusted_proxies = {"127.0.0.1"};
    options.access_log = AccessLog::text;
    TestServer server(std::move(options));
    auto client = server.connect_http();
    const std::string body = R"({"login":"a@a.com","password":"wrong password"})";
    const auto answer = client.ask(
        "POST /v1/sessions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        "X-Forwarded-For: 192.0.2.7\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body);
    EXPECT_EQ(answer.status, 401U);
    EXPECT_THAT(server.log(), HasSubstr("event=log_in_failed address=192.0.2.7"));
    EXPECT_THAT(server.log(), HasSubstr("192.0.2.7 POST /v1/sessions"));
}

}  // namespace
}  // namespace roster::server
