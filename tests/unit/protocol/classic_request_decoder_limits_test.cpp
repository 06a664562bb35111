#include "protocol/classic_request_decoder.hpp"

#include "support/classic_requests.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace roster::protocol::classic {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> after(const std::string& bytes, Limits limits = {}) {
    RequestDecoder decoder(limits);
    decoder.feed(bytes);
    return take_all(decoder);
}

std::string request_line(std::size_t bytes) {
    const std::string start = "GET /?";
    const std::string end = " HTTP/1.1";
    return start + std::string(bytes - start.size() - end.size(), 'x') + end;
}

TEST(ClassicLimits, RequestLine) {
    const std::size_t limit = Limits{}.request_line_bytes;
    EXPECT_THAT(after(request_line(8000) + "\r\n\r\n"), ElementsAre("view"));
    EXPECT_THAT(after(request_line(limit) + "\r\n\r\n"), ElementsAre("view"));
    EXPECT_THAT(after(request_line(limit) + "\n\n"), ElementsAre("view"));
    EXPECT_THAT(after(request_line(limit + 1) + "\r\n\r\n"), ElementsAre("414 close"));
    EXPECT_THAT(after(request_line(limit + 1) + "\n\n"), ElementsAre("414 close"));
    EXPECT_THAT(after(std::string(limit + 1, 'x')), ElementsAre("414 close"));
    EXPECT_THAT(after(std::string(limit, 'x') + "\r"), IsEmpty());
}

TEST(ClassicLimits, Head) {
    const std::size_t limit = Limits{}.head_bytes;
    const std::string start = "GET / HTTP/1.1\r\nX: ";
    const std::string fits(limit - start.size() - 4, 'x');
    EXPECT_THAT(after(start + fits + "\r\n\r\n"), ElementsAre("view"));
    EXPECT_THAT(after(start + fits + "x\r\n\r\n"), ElementsAre("431 close"));
    EXPECT_THAT(after(start + fits + "xxxx"), IsEmpty());
    EXPECT_THAT(after(start + fits + "xxxxx"), ElementsAre("431 close"));
}

TEST(ClassicLimits, NumberOfHeaders) {
    std::string head = "GET / HTTP/1.1\r\n";
    for (std::size_t i = 0; i < Limits{}.headers; ++i)
        head += "X:\r\n";
    EXPECT_THAT(after(head + "\r\n"), ElementsAre("view"));
    EXPECT_THAT(after(head + "Y:\r\n"), ElementsAre("431 close"));
    RequestDecoder decoder;
    decoder.feed(head + "Content-Length:0");
    EXPECT_FALSE(decoder.awaits_silence());
}

TEST(ClassicLimits, EmptyLinesBeforeARequest) {
    const Limits limits;
    EXPECT_THAT(after(std::string(limits.head_bytes, '\n') + http("GET")), ElementsAre("view"));
    EXPECT_THAT(after(std::string(limits.head_bytes + 1, '\n')), ElementsAre("400 close"));
}

TEST(ClassicLimits, Body) {
    const std::size_t limit = Limits{}.body_bytes;
    const std::string frame = user_body("a", "", "login");
    const std::string password(limit - frame.size(), 'p');
    const std::string largest = user_body("a", password, "login");
    ASSERT_EQ(largest.size(), limit);
    for (const std::string host : {"x", ""}) {
        EXPECT_THAT(after(http("POST", largest, host)), ElementsAre("log in a|" + password));
        EXPECT_THAT(after(http("POST", largest + "\n", host)), ElementsAre("413 close"));
        EXPECT_THAT(after(http("GET", largest + "\n", host)), ElementsAre("413 close"));
    }
    EXPECT_THAT(after("POST / HTTP/1.1\r\nContent-Length: 18446744073709551615\r\n\r\n"),
                ElementsAre("413 close"));
}

TEST(ClassicLimits, BodyCountedInCharacters) {
    std::string password;
    while (password.size() < Limits{}.body_bytes)
        password += "비";
    EXPECT_THAT(after(documented("POST", user_body("a", password, "login"))),
                ElementsAre("413 close"));
}

TEST(ClassicLimits, WhatIsRefusedIsNotBuffered) {
    RequestDecoder decoder;
    decoder.feed(std::string(9000, 'x'));
    EXPECT_THAT(take_all(decoder), ElementsAre("414 close"));
    for (int i = 0; i < 100; ++i)
        decoder.feed(std::string(16 * 1024, 'x'));
    EXPECT_EQ(decoder.buffered_bytes(), 0U);
}

// Each with its largest size, byte by byte: were anything read again for every byte, this would
// take hours.
TEST(ClassicLimits, LargeRequestsByteByByteAreCheap) {
    std::string wide = "비밀번호";
    while (wide.size() < 60'000)
        wide += wide.substr(0, 60'000 - wide.size());
    const std::string body = user_body("a", std::string(65'000, 'p'), "login");
    const std::string head = "GET / HTTP/1.1\r\nX: " + std::string(16'000, 'x') + "\r\n\r\n";
    const std::vector<std::string> requests{
        http("POST", body),
        http("POST", body, ""),
        documented("POST", body) + "\r\n\r\n",
        documented("POST", user_body("a", wide, "login")) + "\r\n\r\n",
        head,
        std::string(16'000, '\n') + http("GET"),
        "GET / HTTP/1.1\r\nContent-Length:" + std::string(16'000, '0') + "\r\n\r\n"};
    for (const std::string& bytes : requests) {
        RequestDecoder decoder;
        std::size_t count = 0;
        std::size_t asked = 0;
        for (const char byte : bytes) {
            decoder.feed({&byte, 1});
            asked += decoder.awaits_silence() ? 1U : 0U;
            count += decoder.next() ? 1U : 0U;
        }
        EXPECT_EQ(count, 1U);
        EXPECT_LE(asked, 64U);
        EXPECT_LE(decoder.buffered_bytes(), 4U);
    }
}

}  // namespace
}  // namespace roster::protocol::classic
