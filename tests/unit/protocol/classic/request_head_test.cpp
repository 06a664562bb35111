#include "protocol/classic/request_head.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace roster::protocol::classic {
namespace {

// The status that ends the connection, or 0.
unsigned request_line(std::string_view line, RequestHead& head) {
    const auto refusal = read_request_line(line, head);
    return refusal ? refusal->status : 0;
}

unsigned request_line(std::string_view line) {
    RequestHead head;
    return request_line(line, head);
}

unsigned header(std::string_view line, RequestHead& head) {
    const auto refusal = read_header_line(line, head);
    return refusal ? refusal->status : 0;
}

unsigned header(std::string_view line) {
    RequestHead head;
    return header(line, head);
}

TEST(ClassicHead, ReadsTheMethods) {
    const std::pair<std::string, Method> methods[] = {
        {"GET", Method::get}, {"HEAD", Method::head}, {"POST", Method::post},
        {"PUT", Method::put}, {"get", Method::other}, {"P!", Method::other}};
    for (const auto& [name, method] : methods) {
        for (const std::string_view rest : {" / HTTP/1.1", " /? HTTP/1.1", " HTTP/1.1"}) {
            RequestHead head;
            EXPECT_EQ(request_line(name + std::string(rest), head), 0U) << name << rest;
            EXPECT_EQ(head.method, method) << name << rest;
            EXPECT_FALSE(head.error) << name << rest;
            EXPECT_FALSE(head.close);
        }
    }
}

TEST(ClassicHead, AnotherPathIsNotFoundAndTheFramingIsKept) {
    for (const std::string_view target : {"/users", "//", "/#x", "*", "?", "http://localhost/"}) {
        RequestHead head;
        EXPECT_EQ(request_line("GET " + std::string(target) + " HTTP/1.1", head), 0U) << target;
        ASSERT_TRUE(head.error) << target;
        EXPECT_EQ(head.error->status, 404U);
    }
    RequestHead head;
    EXPECT_EQ(request_line("GET /?a=b&/c?d HTTP/1.1", head), 0U);
    EXPECT_FALSE(head.error);
}

TEST(ClassicHead, AnUnknownMethodIsNotAllowedWhateverItsPath) {
    RequestHead head;
    EXPECT_EQ(request_line("OPTIONS * HTTP/1.1", head), 0U);
    EXPECT_FALSE(head.error);
    EXPECT_EQ(head.method, Method::other);
}

TEST(ClassicHead, RefusesWhatIsNoRequestLine) {
    for (const std::string_view line : {"GET",
                                        "GET /",
                                        " GET / HTTP/1.1",
                                        "GET  HTTP/1.1",
                                        "GET  / HTTP/1.1",
                                        "GET /  HTTP/1.1",
                                        "GET / HTTP/1.1 ",
                                        "GET / x HTTP/1.1",
                                        "GET /\tHTTP/1.1",
                                        "GET / http/1.1",
                                        "GET / HTTP/11",
                                        "GET / HTTP/1.10",
                                        "GET / HTTP/a.1",
                                        "GE\x01T / HTTP/1.1",
                                        "G(T / HTTP/1.1",
                                        "/ HTTP/1.1 ",
                                        "GET /\xC3\xA4 HTTP/1.1",
                                        "GET /\r HTTP/1.1",
                                        "GET /\x7F HTTP/1.1",
                                        "hello"}) {
        EXPECT_EQ(request_line(line), 400U) << line;
    }
    EXPECT_EQ(request_line(std::string_view("GET /\0 HTTP/1.1", 15)), 400U);
}

TEST(ClassicHead, KnowsItsVersions) {
    RequestHead head;
    EXPECT_EQ(request_line("GET / HTTP/1.0", head), 0U);
    EXPECT_TRUE(head.close);
    for (const std::string_view version : {"HTTP/0.9", "HTTP/1.2", "HTTP/2.0", "HTTP/9.9"})
        EXPECT_EQ(request_line("GET / " + std::string(version)), 505U) << version;
}

TEST(ClassicHead, TakesTheHeadersOfTheDocumentedClient) {
    RequestHead head;
    for (const std::string_view line :
         {"User-Agent:python3(macOS)", "Accept:*/*", "Accept-Charset: utf-8",
          "nCache-Control: no=cache", "nHost: 192.168.55.82", "Connection: keep-alive",
          "Content-Length:26"}) {
        EXPECT_EQ(header(line, head), 0U) << line;
    }
    EXPECT_FALSE(head.has_host);
    EXPECT_FALSE(head.close);
    EXPECT_EQ(head.content_length, 26U);
    EXPECT_EQ(head.headers, 7U);
}

TEST(ClassicHead, RefusesWhatIsNoHeader) {
    for (const std::string_view line :
         {"Name", ":", ": value", "Na me: x", "Name : x", " folded", "\tfolded: x",
          "N\xC3\xA4me: x", "Name: a\rb", "Name: a\x01", "Name: \x7F", "N(me: x", "Name\r: x"}) {
        EXPECT_EQ(header(line), 400U) << line;
    }
    EXPECT_EQ(header(std::string_view("Name: a\0b", 9)), 400U);
    EXPECT_EQ(header("Name:"), 0U);
    EXPECT_EQ(header("Name:\ta\tb:c\xC3\xA4 "), 0U);
}

TEST(ClassicHead, ContentLengthIsDigits) {
    RequestHead head;
    EXPECT_EQ(header("cOnTent-lEngth: \t007 ", head), 0U);
    EXPECT_EQ(head.content_length, 7U);
    EXPECT_EQ(header("Content-Length: 18446744073709551615"), 0U);
    for (const std::string_view value :
         {"", " ", "x", "-1", "+1", "1x", "0x1", "1 2", "5, 5", "1.0", "18446744073709551616",
          "99999999999999999999999"}) {
        EXPECT_EQ(header("Content-Length:" + std::string(value)), 400U) << value;
    }
}

TEST(ClassicHead, TwoContentLengthsMustAgree) {
    RequestHead head;
    EXPECT_EQ(header("Content-Length: 5", head), 0U);
    EXPECT_EQ(header("Content-Length: 05", head), 0U);
    EXPECT_EQ(header("Content-Length: 6", head), 400U);
}

TEST(ClassicHead, HasOneHost) {
    RequestHead head;
    EXPECT_EQ(header("hOST: a", head), 0U);
    EXPECT_TRUE(head.has_host);
    EXPECT_EQ(header("Host: a", head), 400U);
    RequestHead empty;
    EXPECT_EQ(header("Host:", empty), 0U);
    EXPECT_TRUE(empty.has_host);
}

TEST(ClassicHead, NoProxyBelongsHere) {
    for (const std::string_view line :
         {"Transfer-Encoding: chunked", "transfer-encoding:", "Forwarded: for=1.2.3.4",
          "Via: 1.1 x", "via:", "X-Forwarded-For: 1.2.3.4", "x-forwarded-proto: http",
          "X-Forwarded-: x", "X-Forwarded: x", "X-Real-IP: 1.2.3.4", "x-real-ip: x"}) {
        EXPECT_EQ(header(line), 400U) << line;
    }
    EXPECT_EQ(header("X-Forward: x"), 0U);
    EXPECT_EQ(header("Viam: x"), 0U);
}

TEST(ClassicHead, HonoursConnectionClose) {
    for (const std::string_view value :
         {"close", "Close", "keep-alive, CLOSE ", "close,x", ",close"}) {
        RequestHead head;
        EXPECT_EQ(header("Connection: " + std::string(value), head), 0U);
        EXPECT_TRUE(head.close) << value;
        EXPECT_EQ(header("Connection: keep-alive", head), 0U);
        EXPECT_TRUE(head.close) << value;
    }
    for (const std::string_view value : {"", "keep-alive", "closed", "x close", ",,"}) {
        RequestHead head;
        EXPECT_EQ(header("Connection: " + std::string(value), head), 0U);
        EXPECT_FALSE(head.close) << value;
    }
}

TEST(ClassicHead, OnlyContinueCanBeExpected) {
    RequestHead head;
    EXPECT_EQ(header("Expect: 100-Continue", head), 0U);
    EXPECT_TRUE(head.expects_continue);
    EXPECT_EQ(header("Expect: tea"), 417U);
    RequestHead old;
    EXPECT_EQ(request_line("POST / HTTP/1.0", old), 0U);
    EXPECT_EQ(header("Expect: 100-continue", old), 0U);
    EXPECT_FALSE(old.expects_continue);
}

TEST(ClassicHead, KnowsTheBeginningOfARequest) {
    for (const std::string_view bytes :
         {"GET ", "HEAD /", "POST HTTP/1.1", "PUT ", "\r\n\r\nGET ", "\nPUT "})
        EXPECT_EQ(request_start(bytes), RequestStart::request) << bytes;
    for (const std::string_view bytes :
         {"G", "GET", "H", "HEAD", "P", "PO", "PU", "PUT", "\r\nPOST"})
        EXPECT_EQ(request_start(bytes), RequestStart::incomplete) << bytes;
    for (const std::string_view bytes : {"", "\r", "\n", "\r\n\r\n"})
        EXPECT_EQ(request_start(bytes), RequestStart::nothing) << bytes;
    for (const std::string_view bytes :
         {"GET/", "get ", " GET ", "PATCH ", "2345", "GEX", "DELETE "})
        EXPECT_EQ(request_start(bytes), RequestStart::other) << bytes;
}

TEST(ClassicHead, KnowsAHeadThatEndsWithItsContentLength) {
    const auto end = bare_end("Content-Length:0");
    ASSERT_TRUE(end);
    EXPECT_EQ(end->line_bytes, 16U);
    EXPECT_EQ(end->next, RequestStart::nothing);

    const auto next = bare_end("content-length: 00POST /? HTTP/1.1\r\n");
    ASSERT_TRUE(next);
    EXPECT_EQ(next->line_bytes, 18U);
    EXPECT_EQ(next->next, RequestStart::request);
    EXPECT_EQ(next->seen_bytes, 23U);

    EXPECT_EQ(bare_end("Content-Length:0PU")->next, RequestStart::incomplete);
    for (const std::string_view line :
         {"", "Content-Length", "Content-Length:", "Content-Length: ", "Content-Length:0\r",
          "Content-Length:0\r\n", "Content-Length:0 ", "Content-Length:01", "Content-Length:5",
          "Content-Length:0x", "Content-Length:0DELETE /", "Content-Length 0",
          "nContent-Length:0"}) {
        EXPECT_FALSE(bare_end(line)) << line;
    }
    EXPECT_FALSE(bare_end("Content-Length:" + std::string(60, '0') + "5"));
}

}  // namespace
}  // namespace roster::protocol::classic
