#include "protocol/classic/request_decoder.hpp"

#include "support/classic_requests.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace roster::protocol::classic {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> outcomes_after(const std::string& bytes, RequestLimits limits = {}) {
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
    const std::size_t limit = RequestLimits{}.request_line_bytes;
    EXPECT_THAT(outcomes_after(request_line(8000) + "\r\n\r\n"), ElementsAre("view"));
    EXPECT_THAT(outcomes_after(request_line(limit) + "\r\n\r\n"), ElementsAre("view"));
    EXPECT_THAT(outcomes_after(request_line(limit) + "\n\n"), ElementsAre("view"));
    EXPECT_THAT(outcomes_after(request_line(limit + 1) + "\r\n\r\n"), ElementsAre("414 close"));
    EXPECT_THAT(outcomes_after(request_line(limit + 1) + "\n\n"), ElementsAre("414 close"));
    EXPECT_THAT(outcomes_after(std::string(limit + 1, 'x')), ElementsAre("414 close"));
    EXPECT_THAT(outcomes_after(std::string(limit, 'x') + "\r"), IsEmpty());
}

TEST(ClassicLimits, Head) {
    const std::size_t limit = RequestLimits{}.head_bytes;
    const std::string start = "GET / HTTP/1.1\r\nX: ";
    const std::string fits(limit - start.size() - 4, 'x');
    EXPECT_THAT(outcomes_after(start + fits + "\r\n\r\n"), ElementsAre("view"));
    EXPECT_THAT(outcomes_after(start + fits + "x\r\n\r\n"), ElementsAre("431 close"));
    EXPECT_THAT(outcomes_after(start + fits + "xxxx"), IsEmpty());
    EXPECT_THAT(outcomes_after(start + fits + "xxxxx"), ElementsAre("431 close"));
}

TEST(ClassicLimits, NumberOfHeaders) {
    std::string head = "GET / HTTP/1.1\r\n";
    for (std::size_t i = 0; i < RequestLimits{}.headers; ++i)
        head += "X:\r\n";
    EXPECT_THAT(outcomes_after(head + "\r\n"), ElementsAre("view"));
    EXPECT_THAT(outcomes_after(head + "Y:\r\n"), ElementsAre("431 close"));
    RequestDecoder decoder;
    decoder.feed(head + "Content-Length:0");
    EXPECT_FALSE(decoder.awaits_silence());
}

TEST(ClassicLimits, EmptyLinesBeforeARequest) {
    const RequestLimits limits;
    EXPECT_THAT(outcomes_after(std::string(limits.head_bytes, '\n') + http("GET")),
                ElementsAre("view"));
    EXPECT_THAT(outcomes_after(std::string(limits.head_bytes + 1, '\n')), ElementsAre("400 close"));
}

TEST(ClassicLimits, Body) {
    const std::size_t limit = RequestLimits{}.body_bytes;
    const std::string frame = user_body("a", "", "login");
    const std::string password(limit - frame.size(), 'p');
    const std::string largest = user_body("a", password, "login");
    ASSERT_EQ(largest.size(), limit);
    for (const std::string host : {"x", ""}) {
        EXPECT_THAT(outcomes_after(http("POST", largest, host)),
                    ElementsAre("log in a|" + password));
        EXPECT_THAT(outcomes_after(http("POST", largest + "\n", host)), ElementsAre("413 close"));
        EXPECT_THAT(outcomes_after(http("GET", largest + "\n", host)), ElementsAre("413 close"));
    }
    EXPECT_THAT(outcomes_after("POST / HTTP/1.1\r\nContent-Length: 18446744073709551615\r\n\r\n"),
                ElementsAre("413 close"));
}

TEST(ClassicLimits, BodyCountedInCharacters) {
    std::string password;
    while (password.size() < RequestLimits{}.body_bytes)
        password += "비";
    EXPECT_THAT(outcomes_after(documented("POST", user_body("a", password, "login"))),
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

TEST(ClassicLimits, HeadWithoutABlankLine) {
    const RequestLimits limits;
    const std::string start = "GET / HTTP/1.1\r\nX: ";
    const std::string end = "\r\nContent-Length:0";
    const std::string fits =
        start + std::string(limits.head_bytes - start.size() - end.size(), 'x');
    RequestDecoder decoder;
    decoder.feed(fits + end);
    EXPECT_TRUE(decoder.awaits_silence());
    // The decision takes the first bytes of the next request, which are beyond the limit.
    EXPECT_THAT(outcomes_after(fits + end + documented("GET")), ElementsAre("431 close"));
    const std::string shorter = fits.substr(0, fits.size() - 4);
    EXPECT_THAT(outcomes_after(shorter + end + http("GET")), ElementsAre("view", "view"));
}

// Were everything read again for each byte, these would run into ctest's time-out.
TEST(ClassicLimits, LargeRequestsByteByByteAreCheap) {
    constexpr std::size_t kLarge = 16 * 1024 * 1024;
    constexpr std::size_t kSingleBytes = 200'000;
    const RequestLimits limits{kLarge, kLarge, 100, kLarge};
    const std::string filler(kLarge - 1000, 'x');
    std::string wide;
    while (wide.size() < kLarge - 1000)
        wide += "비밀번호";
    // Line ends from where the bytes could end to where the characters do.
    constexpr std::size_t kCharacters = kLarge / 6;
    std::string blank = "POST / HTTP/1.1\r\nContent-Length:" + std::to_string(3 * kCharacters + 9) +
                        "\r\n\r\nuser:";
    for (std::size_t i = 0; i < kCharacters; ++i)
        blank += "비";
    blank += std::string(2 * kCharacters + 4, '\n');
    const std::vector<std::string> requests{
        blank,
        "GET /?" + filler + " HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nX: " + filler + "\r\n\r\n",
        http("POST", user_body("a", filler, "login"), ""),
        documented("POST", user_body("a", wide, "login")) + "\r\n\r\n",
    };
    for (const std::string& bytes : requests) {
        RequestDecoder decoder(limits);
        std::size_t count = 0;
        std::size_t asked = 0;
        std::string_view rest = bytes;
        while (!rest.empty()) {
            const std::size_t piece = rest.size() > kSingleBytes ? rest.size() - kSingleBytes : 1;
            decoder.feed(rest.substr(0, piece));
            rest.remove_prefix(piece);
            asked += decoder.awaits_silence() ? 1U : 0U;
            count += decoder.next() ? 1U : 0U;
        }
        EXPECT_EQ(count, 1U);
        EXPECT_LE(asked, 8U);
        EXPECT_LE(decoder.buffered_bytes(), 4U);
    }
}

}  // namespace
}  // namespace roster::protocol::classic
