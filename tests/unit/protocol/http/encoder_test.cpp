#include "protocol/http/encoder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace roster::protocol::http {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::chrono::sys_seconds kNow{std::chrono::seconds(1795338000)};

std::string encoded(Response& response, const ResponseContext& context = {}) {
    Encoder encoder;
    std::string out;
    encoder.encode(response, context, kNow, out);
    return out;
}

TEST(HttpEncoder, WritesAResponse) {
    Response response;
    response.body = "{}";
    response.add_header("ETag", "\"1\"");
    ResponseContext context;
    context.request_id = "id-1";
    EXPECT_EQ(encoded(response, context),
              "HTTP/1.1 200 OK\r\n"
              "Date: Sun, 22 Nov 2026 09:00:00 GMT\r\n"
              "Server: roster\r\n"
              "Content-Type: application/json\r\n"
              "Content-Length: 2\r\n"
              "Connection: keep-alive\r\n"
              "Request-Id: id-1\r\n"
              "Cache-Control: no-store\r\n"
              "X-Content-Type-Options: nosniff\r\n"
              "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"
              "Referrer-Policy: no-referrer\r\n"
              "ETag: \"1\"\r\n"
              "\r\n"
              "{}");
}

TEST(HttpEncoder, SaysThatTheConnectionEnds) {
    Response response;
    ResponseContext context;
    context.keep_alive = false;
    EXPECT_THAT(encoded(response, context), HasSubstr("\r\nConnection: close\r\n"));
}

TEST(HttpEncoder, SendsHeadersWithoutTheBodyToHead) {
    Response response;
    response.body = "12345";
    ResponseContext context;
    const std::string to_get = encoded(response, context);
    context.head = true;
    EXPECT_EQ(encoded(response, context) + "12345", to_get);
}

TEST(HttpEncoder, SaysNoLengthWhereThereIsNeverABody) {
    for (const unsigned status : {204U, 304U}) {
        Response response;
        response.status = status;
        response.body = "dropped";
        const std::string bytes = encoded(response);
        EXPECT_THAT(bytes, Not(HasSubstr("Content-Length")));
        EXPECT_THAT(bytes, Not(HasSubstr("Content-Type: ")));
        EXPECT_THAT(bytes, EndsWith("\r\n\r\n"));
    }
}

TEST(HttpEncoder, SaysALengthOfZeroElsewhere) {
    Response response;
    response.status = 201;
    const std::string bytes = encoded(response);
    EXPECT_THAT(bytes, StartsWith("HTTP/1.1 201 Created\r\n"));
    EXPECT_THAT(bytes, HasSubstr("\r\nContent-Length: 0\r\n"));
    EXPECT_THAT(bytes, Not(HasSubstr("Content-Type: ")));
}

TEST(HttpEncoder, LetsNoHeaderBreakOutOfItsLine) {
    Response response;
    response.add_header("Location", "/a\r\nSet-Cookie: b\x01\x7F");
    EXPECT_EQ(response.header_lines(), "Location: /a  Set-Cookie: b  \r\n");
}

TEST(HttpEncoder, WritesPartsAsChunks) {
    std::string out;
    append_chunk(std::string(26, 'x'), out);
    out += kLastChunk;
    EXPECT_EQ(out, "1a\r\n" + std::string(26, 'x') + "\r\n0\r\n\r\n");
}

TEST(HttpEncoder, WritesAProblem) {
    Response response;
    response.body = "replaced";
    response.fail(Problem(ProblemCode::not_found, "nothing is here"));
    ResponseContext context;
    context.request_id = "id-1";
    context.path = "/v1/x%22";
    const std::string bytes = encoded(response, context);
    EXPECT_THAT(bytes, StartsWith("HTTP/1.1 404 Not Found\r\n"));
    EXPECT_THAT(bytes, HasSubstr("\r\nContent-Type: application/problem+json\r\n"));
    EXPECT_THAT(bytes, EndsWith("\r\n\r\n{\"type\":\"urn:roster:problem:not_found\","
                                "\"title\":\"Not found\",\"status\":404,\"code\":\"not_found\","
                                "\"detail\":\"nothing is here\",\"instance\":\"/v1/x%22\","
                                "\"request_id\":\"id-1\"}"));
}

TEST(HttpEncoder, IsReusable) {
    Response response;
    response.fail(Problem(ProblemCode::internal, "x"));
    response.add_header("X", "y");
    response.close = true;
    encoded(response);
    response.clear();
    Response fresh;
    EXPECT_EQ(encoded(response), encoded(fresh));
    EXPECT_FALSE(response.close);
}

TEST(HttpEncoder, LeavesNoTokenBehind) {
    Response response;
    response.body = "{\"token\":\"rst_a token longer than a short string\"}";
    const std::size_t size = response.body.size();
    const char* const place = response.body.data();
    response.clear();
    EXPECT_EQ(std::string(place, size), std::string(size, '\0'));
}

TEST(HttpEncoder, TellsTheTimeOfEverySecond) {
    Encoder encoder;
    Response response;
    std::string out;
    encoder.encode(response, {}, kNow, out);
    encoder.encode(response, {}, kNow + std::chrono::seconds(1), out);
    EXPECT_THAT(out, HasSubstr("09:00:00 GMT"));
    EXPECT_THAT(out, HasSubstr("09:00:01 GMT"));
}

}  // namespace
}  // namespace roster::protocol::http
