#include "protocol/classic/request_encoder.hpp"

#include <gtest/gtest.h>

#include <string>

namespace roster::protocol::classic {
namespace {

std::string text(const result<Secret>& secret) {
    return secret ? std::string(secret->reveal()) : secret.error().message();
}

TEST(ClassicRequestEncoder, WritesTheBodiesOfTheGrammar) {
    EXPECT_EQ(text(sign_up_body("a@a.com", Secret("pw"))), "user:a@a.com,pw,signup");
    EXPECT_EQ(text(log_in_body("a@a.com", Secret("pw"))), "user:a@a.com,pw,login");
    EXPECT_EQ(text(modify_body(42, "a@a.com", Secret("pw"))), "user:a@a.com,pw,42");
}

TEST(ClassicRequestEncoder, LeavesCommasInAPasswordAlone) {
    EXPECT_EQ(text(log_in_body("a@a.com", Secret("p,w,"))), "user:a@a.com,p,w,,login");
}

TEST(ClassicRequestEncoder, RefusesAnEmailThatTheGrammarCannotCarry) {
    const std::string nul("a\0@a.com", 8);
    for (const std::string& email : {std::string("a,b@a.com"), std::string("a\n@a.com"),
                                     std::string("a\x7F@a.com"), std::string("\ra"), nul}) {
        EXPECT_EQ(sign_up_body(email, Secret("pw")).error(), Errc::invalid_request);
        EXPECT_EQ(log_in_body(email, Secret("pw")).error(), Errc::invalid_request);
        EXPECT_EQ(modify_body(1, email, Secret("pw")).error(), Errc::invalid_request);
    }
    EXPECT_TRUE(sign_up_body("지원@한국.kr", Secret("pw")).has_value());
}

TEST(ClassicRequestEncoder, SaysTheLengthOfTheBodyInBytes) {
    EXPECT_EQ(text(encode_request("POST", "127.0.0.1:9999", Secret("user:é,ü,login"))),
              "POST / HTTP/1.1\r\nHost: 127.0.0.1:9999\r\nConnection: keep-alive\r\n"
              "Content-Length: 16\r\n\r\nuser:é,ü,login");
}

TEST(ClassicRequestEncoder, SaysALengthOfZeroOnlyWhereABodyIsExpected) {
    EXPECT_EQ(text(encode_request("GET", "[::1]:9999", Secret())),
              "GET / HTTP/1.1\r\nHost: [::1]:9999\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_NE(text(encode_request("PUT", "h", Secret())).find("Content-Length: 0\r\n"),
              std::string::npos);
    EXPECT_EQ(text(encode_request("HEAD", "h", Secret())).find("Content-Length"),
              std::string::npos);
}

TEST(ClassicRequestEncoder, RefusesWhatCouldBeginAnotherLine) {
    EXPECT_EQ(encode_request("GET / HTTP/1.1\r\nX: y\r\n\r\nGET", "h", Secret()).error(),
              Errc::invalid_request);
    EXPECT_EQ(encode_request("", "h", Secret()).error(), Errc::invalid_request);
    EXPECT_EQ(encode_request("GET", "h\r\nX: y", Secret()).error(), Errc::invalid_request);
    EXPECT_EQ(encode_request("GET", "a b", Secret()).error(), Errc::invalid_request);
}

}  // namespace
}  // namespace roster::protocol::classic
