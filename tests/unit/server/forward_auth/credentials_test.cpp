#include "server/forward_auth/credentials.hpp"

#include "protocol/http/request_decoder.hpp"

#include <gtest/gtest.h>

#include <string>

namespace roster::server {
namespace {

// "-" for none.
std::string token_in(const std::string& headers) {
    protocol::http::RequestDecoder decoder{protocol::RequestLimits()};
    decoder.feed("GET / HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n");
    const auto* request = decoder.next();
    if (request == nullptr) return "malformed";
    Secret decoded;
    const auto token = authorization_token(request->fields, decoded);
    return token ? std::string(*token) : "-";
}

TEST(AuthorizationToken, IsInBearerOrTheBasicPassword) {
    EXPECT_EQ(token_in("Authorization: Bearer rst_abc\r\n"), "rst_abc");
    EXPECT_EQ(token_in("authorization: bearer  rst_abc\r\n"), "rst_abc");
    EXPECT_EQ(token_in("Authorization: Bearer roster_abc\r\n"), "roster_abc");
    // ada:rst_abc; :rst_abcd; a:roster_abc; without padding
    EXPECT_EQ(token_in("Authorization: Basic YWRhOnJzdF9hYmM=\r\n"), "rst_abc");
    EXPECT_EQ(token_in("Authorization: Basic OnJzdF9hYmNk\r\n"), "rst_abcd");
    EXPECT_EQ(token_in("Authorization: bASIC YTpyb3N0ZXJfYWJj\r\n"), "roster_abc");
    EXPECT_EQ(token_in("Authorization: Basic YWRhOnJzdF9hYmM\r\n"), "rst_abc");
}

TEST(AuthorizationToken, EveryOtherIsTheApplications) {
    for (const char* header :
         {"", "Authorization:\r\n", "Authorization: rst_abc\r\n", "Authorization: Bearer\r\n",
          "Authorization: Bearer abc\r\n", "Authorization: Bearer xrst_abc\r\n",
          "Authorization: Bearer RST_abc\r\n", "Authorization: Digest rst_abc\r\n",
          "Authorization: Basic\r\n", "Authorization: Basic rst_abc\r\n",
          // rst_abc without a colon; ada:abc; rst_abc:x; a:b:rst_abc
          "Authorization: Basic cnN0X2FiYw==\r\n", "Authorization: Basic YWRhOmFiYw==\r\n",
          "Authorization: Basic cnN0X2FiYzp4\r\n", "Authorization: Basic YTpiOnJzdF9hYmM=\r\n",
          "Authorization: Basic YWRhOn!zdF9hYmM=\r\n", "Authorization: Basic ====\r\n",
          "Authorization: Bearer rst_abc\r\nAuthorization: Bearer rst_abd\r\n",
          "Proxy-Authorization: Bearer rst_abc\r\n"})
        EXPECT_EQ(token_in(header), "-") << header;
}

}  // namespace
}  // namespace roster::server
