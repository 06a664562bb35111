#include "protocol/classic/encoder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>

namespace roster::protocol::classic {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

constexpr std::chrono::sys_seconds kNow = std::chrono::sys_days{2026y / 11 / 22} + 9h;

std::string encoded(const ClassicResponse& response) {
    std::string out;
    encode(response, kNow, out);
    return out;
}

TEST(ClassicResponseEncoder, WritesAWholeAnswer) {
    ClassicResponse response;
    response.status = 201;
    response.body = "Success create user";
    EXPECT_EQ(encoded(response),
              "HTTP/1.1 201 Created\r\n"
              "Date: Sun, 22 Nov 2026 09:00:00 GMT\r\n"
              "Server: roster\r\n"
              "Content-Type: text/plain; charset=utf-8\r\n"
              "Content-Length: 19\r\n"
              "Connection: keep-alive\r\n"
              "\r\n"
              "Success create user");
}

TEST(ClassicResponseEncoder, AppendsToWhatIsThere) {
    std::string out = "before";
    encode(ClassicResponse{}, kNow, out);
    EXPECT_EQ(out, "before" + encoded(ClassicResponse{}));
}

TEST(ClassicResponseEncoder, CountsBytesNotCharacters) {
    ClassicResponse response;
    response.content_type = "application/json";
    response.body = "{\"email\":\"비밀\"}";
    EXPECT_THAT(encoded(response), HasSubstr("\r\nContent-Length: 18\r\n"));
    EXPECT_THAT(encoded(response), HasSubstr("\r\nContent-Type: application/json\r\n"));
}

TEST(ClassicResponseEncoder, SaysThatTheConnectionCloses) {
    ClassicResponse response;
    response.keep_alive = false;
    EXPECT_THAT(encoded(response), HasSubstr("\r\nConnection: close\r\n"));
    EXPECT_THAT(encoded(response), Not(HasSubstr("keep-alive")));
}

TEST(ClassicResponseEncoder, AnswersHeadWithoutABodyWhateverTheStatus) {
    for (const unsigned status : {200U, 404U, 503U}) {
        ClassicResponse response;
        response.status = status;
        response.head = true;
        response.body = "not for HEAD";
        response.headers = {{"Roster-Status", "ready"}, {"Roster-Uptime", "5"}};
        const std::string bytes = encoded(response);
        EXPECT_THAT(bytes, HasSubstr("\r\nContent-Length: 0\r\n"));
        EXPECT_THAT(bytes,
                    testing::EndsWith("\r\nRoster-Status: ready\r\nRoster-Uptime: 5\r\n\r\n"));
    }
}

TEST(ClassicResponseEncoder, KnowsTheReasonPhraseOfEveryStatusOfTheProtocol) {
    const std::pair<unsigned, std::string> phrases[] = {
        {200, "OK"},
        {201, "Created"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {417, "Expectation Failed"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {503, "Service Unavailable"},
        {505, "HTTP Version Not Supported"},
    };
    for (const auto& [status, phrase] : phrases) {
        ClassicResponse response;
        response.status = status;
        EXPECT_THAT(encoded(response), testing::StartsWith("HTTP/1.1 " + std::to_string(status) +
                                                           " " + phrase + "\r\n"));
    }
    ClassicResponse unknown;
    unknown.status = 299;
    EXPECT_THAT(encoded(unknown), testing::StartsWith("HTTP/1.1 299 \r\n"));
}

TEST(ClassicResponseEncoder, AHeaderCannotBreakOutOfItsLine) {
    ClassicResponse response;
    response.content_type = "text/plain\r\nX-Evil: 1";
    response.headers = {{"X-A", "1\r\nX-Evil: 1\r\n\r\nbody"},
                        {"X-B\r\nX-Evil", "1"},
                        {"X-C", std::string("\0\x7F\x1B", 3)},
                        {"", "x"},
                        {"X D", "x"}};
    const std::string bytes = encoded(response);
    EXPECT_THAT(bytes, Not(HasSubstr("\nX-Evil")));
    EXPECT_THAT(bytes, HasSubstr("\r\nContent-Type: text/plain  X-Evil: 1\r\n"));
    EXPECT_THAT(bytes, testing::EndsWith("\r\nX-A: 1  X-Evil: 1    body\r\nX-C:    \r\n\r\n"));
}

TEST(ClassicResponseEncoder, AHeaderCannotChangeTheFraming) {
    ClassicResponse response;
    response.body = "four";
    response.headers = {{"content-length", "400"},
                        {"Transfer-Encoding", "chunked"},
                        {"CONNECTION", "upgrade"},
                        {"Allow", "GET, HEAD, POST, PUT"}};
    const std::string bytes = encoded(response);
    EXPECT_THAT(bytes, Not(HasSubstr("400")));
    EXPECT_THAT(bytes, Not(HasSubstr("chunked")));
    EXPECT_THAT(bytes, Not(HasSubstr("upgrade")));
    EXPECT_THAT(bytes, testing::EndsWith("\r\nAllow: GET, HEAD, POST, PUT\r\n\r\nfour"));
}

std::string text(const result<Secret>& secret) {
    return secret ? std::string(secret->reveal()) : secret.error().message();
}

TEST(ClassicRequestEncoder, WritesTheBodiesOfTheGrammar) {
    EXPECT_EQ(text(account_body("a@a.com", Secret("pw"), "signup")), "user:a@a.com,pw,signup");
    EXPECT_EQ(text(account_body("a@a.com", Secret("pw"), "42")), "user:a@a.com,pw,42");
}

TEST(ClassicRequestEncoder, LeavesCommasInAPasswordAlone) {
    EXPECT_EQ(text(account_body("a@a.com", Secret("p,w,"), "login")), "user:a@a.com,p,w,,login");
}

TEST(ClassicRequestEncoder, RefusesAnEmailThatTheGrammarCannotCarry) {
    const std::string nul("a\0@a.com", 8);
    for (const std::string& email : {std::string("a,b@a.com"), std::string("a\n@a.com"),
                                     std::string("a\x7F@a.com"), std::string("\ra"), nul}) {
        EXPECT_EQ(account_body(email, Secret("pw"), "login").error(), Errc::invalid_request);
    }
    EXPECT_TRUE(account_body("지원@한국.kr", Secret("pw"), "signup").has_value());
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
