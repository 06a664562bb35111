#include "protocol/classic/response_decoder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace roster::protocol::classic {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

/// All that came of a stream: the responses in short, then the error if there was one.
using Outcome = std::vector<std::string>;

enum class Ending { open, closed };

std::string in_short(const Response& response) {
    std::string text = std::to_string(response.status) + " " + response.reason;
    for (const auto& [name, value] : response.headers)
        text += "|" + name + "=" + value;
    return text + "|" + response.body + (response.keep_alive ? "|more" : "|last");
}

void take_all(ResponseDecoder& decoder, Outcome& outcome) {
    while (true) {
        const auto next = decoder.next();
        if (!next) {
            outcome.push_back(next.error().message());
            return;
        }
        if (!*next) return;
        outcome.push_back(in_short(**next));
    }
}

/// `requests` says of each request in progress whether it is a HEAD.
Outcome decode(std::initializer_list<bool> requests, std::vector<std::string_view> pieces,
               Ending ending = Ending::open, ResponseLimits limits = {}) {
    ResponseDecoder decoder(limits);
    for (const bool head : requests)
        decoder.expect(head);
    Outcome outcome;
    for (const std::string_view piece : pieces) {
        decoder.feed(piece);
        take_all(decoder, outcome);
        if (!outcome.empty() && outcome.back() == make_error_code(Errc::malformed_answer).message())
            return outcome;
    }
    if (ending == Ending::closed) {
        decoder.end();
        take_all(decoder, outcome);
    }
    return outcome;
}

Outcome decode(std::initializer_list<bool> requests, std::string_view bytes,
               Ending ending = Ending::open, ResponseLimits limits = {}) {
    return decode(requests, std::vector<std::string_view>(1, bytes), ending, limits);
}

const std::string kMalformed = make_error_code(Errc::malformed_answer).message();
const std::string kClosed = make_error_code(Errc::connection_closed).message();

TEST(ClassicResponseDecoder, ReadsStatusHeadersAndBody) {
    EXPECT_THAT(
        decode({false}, "HTTP/1.1 201 Created\r\nServer: roster\r\nContent-Length: 2\r\n\r\nok"),
        ElementsAre("201 Created|Server=roster|Content-Length=2|ok|more"));
}

TEST(ClassicResponseDecoder, AnEmptyReasonIsOne) {
    EXPECT_THAT(decode({false}, "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n"),
                ElementsAre("200 |Content-Length=0||more"));
}

TEST(ClassicResponseDecoder, TheResponseToHeadHasNoBody) {
    EXPECT_THAT(decode({true, false},
                       "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"
                       "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"),
                ElementsAre("200 OK|Content-Length=99||more", "200 OK|Content-Length=1|x|more"));
}

TEST(ClassicResponseDecoder, NoContentHasNoBody) {
    EXPECT_THAT(
        decode({false, false}, "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 304 Not Modified\r\n\r\n"),
        ElementsAre("204 No Content||more", "304 Not Modified||more"));
}

TEST(ClassicResponseDecoder, InterimResponsesAreLeftOut) {
    EXPECT_THAT(decode({false},
                       "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
                       "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"),
                ElementsAre("200 OK|Content-Length=1|x|more"));
    EXPECT_THAT(decode({false}, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"),
                ElementsAre(kMalformed));
}

TEST(ClassicResponseDecoder, WithoutALengthTheBodyGoesOnToTheEnd) {
    EXPECT_THAT(decode({false}, "HTTP/1.1 200 OK\r\n\r\nall of it", Ending::closed),
                ElementsAre("200 OK|all of it|last"));
    EXPECT_THAT(decode({false}, "HTTP/1.1 200 OK\r\n\r\nall of it"), IsEmpty());
}

TEST(ClassicResponseDecoder, NothingFollowsTheLastResponse) {
    EXPECT_THAT(decode({false, false},
                       "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
                       "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
                ElementsAre("200 OK|Connection=close|Content-Length=0||last", kClosed));
    EXPECT_THAT(decode({false}, "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"),
                ElementsAre("200 OK|Content-Length=0||last"));
}

TEST(ClassicResponseDecoder, AResponseCutShortIsNone) {
    for (const std::string_view bytes :
         {"", "HTT", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n12345678"}) {
        EXPECT_THAT(decode({false}, bytes), IsEmpty()) << bytes;
        EXPECT_THAT(decode({false}, bytes, Ending::closed), ElementsAre(kClosed)) << bytes;
    }
}

TEST(ClassicResponseDecoder, AnEndWithNothingOutstandingIsNoError) {
    EXPECT_THAT(decode({}, "", Ending::closed), IsEmpty());
    EXPECT_THAT(decode({false}, "HTTP/1.1 204 No Content\r\n\r\n", Ending::closed),
                ElementsAre("204 No Content||more"));
}

TEST(ClassicResponseDecoder, AResponseWithoutARequestIsRefused) {
    EXPECT_THAT(decode({}, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
                ElementsAre(kMalformed));
    EXPECT_THAT(decode({false}, "HTTP/1.1 204 No Content\r\n\r\nHTTP"),
                ElementsAre("204 No Content||more", kMalformed));
}

TEST(ClassicResponseDecoder, RefusesMalformedResponses) {
    const std::vector<std::string> hostile{
        "garbage",
        "\r\n",
        "HTTP/2.0 200 OK\r\n\r\n",
        "HTTP/1.1 2OO OK\r\n\r\n",
        "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 099 Low\r\n\r\n",
        "HTTP/1.1 600 High\r\n\r\n",
        "HTTP/1.1 200 O\x01K\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: \x01\r\n\r\n",
        std::string("HTTP/1.1 200 OK\r\nA: b\0c\r\n\r\n", 27),
        "HTTP/1.1 200 OK\r\nA: b\nC: d\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nContent-Length: 0x1\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\nx",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        "HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\nxx",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: identity\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: \r\n\r\n",
    };
    for (const std::string& bytes : hostile)
        EXPECT_THAT(decode({false}, bytes), ElementsAre(kMalformed)) << bytes;
}

TEST(ClassicResponseDecoder, NothingComesAfterAnError) {
    ResponseDecoder decoder;
    decoder.expect(false);
    decoder.expect(false);
    decoder.feed("garbage");
    EXPECT_EQ(decoder.next().error(), Errc::malformed_answer);
    decoder.feed("HTTP/1.1 204 No Content\r\n\r\n");
    EXPECT_EQ(decoder.next().error(), Errc::malformed_answer);
}

TEST(ClassicResponseDecoder, BoundsTheHead) {
    ResponseLimits limits;
    const std::string head = "HTTP/1.1 204 No Content\r\nA: b\r\n\r\n";
    limits.head_bytes = head.size();
    EXPECT_THAT(decode({false}, head, Ending::open, limits),
                ElementsAre("204 No Content|A=b||more"));
    limits.head_bytes = head.size() - 1;
    EXPECT_THAT(decode({false}, head, Ending::open, limits), ElementsAre(kMalformed));
    EXPECT_THAT(decode({false}, head.substr(0, head.size() - 1), Ending::open, limits),
                ElementsAre(kMalformed));
    EXPECT_THAT(decode({false}, head.substr(0, head.size() - 2), Ending::open, limits), IsEmpty());
}

TEST(ClassicResponseDecoder, BoundsTheHeaders) {
    ResponseLimits limits;
    limits.headers = 2;
    EXPECT_THAT(decode({false}, "HTTP/1.1 204 No\r\nA: 1\r\nB: 2\r\n\r\n", Ending::open, limits),
                ElementsAre("204 No|A=1|B=2||more"));
    EXPECT_THAT(
        decode({false}, "HTTP/1.1 204 No\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n", Ending::open, limits),
        ElementsAre(kMalformed));
}

TEST(ClassicResponseDecoder, BoundsTheBody) {
    ResponseLimits limits;
    limits.body_bytes = 3;
    EXPECT_THAT(
        decode({false}, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", Ending::open, limits),
        ElementsAre("200 OK|Content-Length=3|abc|more"));
    EXPECT_THAT(
        decode({false}, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n", Ending::open, limits),
        ElementsAre(kMalformed));
    EXPECT_THAT(decode({false}, "HTTP/1.1 200 OK\r\n\r\nabc", Ending::closed, limits),
                ElementsAre("200 OK|abc|last"));
    EXPECT_THAT(decode({false}, "HTTP/1.1 200 OK\r\n\r\nabcd", Ending::open, limits),
                ElementsAre(kMalformed));
}

TEST(ClassicResponseDecoder, DropsWhatItHasRead) {
    ResponseDecoder decoder;
    const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody";
    for (int i = 0; i < 1000; ++i) {
        decoder.expect(false);
        decoder.feed(answer);
        const auto next = decoder.next();
        ASSERT_TRUE(next.has_value() && next->has_value());
        EXPECT_EQ((*next)->body, "body");
        EXPECT_EQ(decoder.outstanding(), 0u);
    }
}

// The property: where a stream is cut into pieces makes no difference.
constexpr std::size_t kSplitHeadBytes = 100;

/// A head of so many bytes.
std::string head_of(std::size_t size_bytes) {
    const std::string line = "HTTP/1.1 204 ";
    const std::string end = "\r\n\r\n";
    return line + std::string(size_bytes - line.size() - end.size(), 'r') + end;
}

class AnySplit : public testing::TestWithParam<std::pair<std::string, Ending>> {};

TEST_P(AnySplit, GivesTheSameAnswers) {
    const auto& [bytes, ending] = GetParam();
    ResponseLimits limits;
    limits.head_bytes = kSplitHeadBytes;
    limits.body_bytes = 40;
    const auto outcome = [&, e = ending](std::vector<std::string_view> pieces) {
        return decode({false, true, false}, std::move(pieces), e, limits);
    };

    const std::string_view all = bytes;
    const Outcome whole = outcome({all});
    for (std::size_t first = 0; first <= all.size(); ++first)
        for (std::size_t second = first; second <= all.size(); ++second)
            ASSERT_EQ(outcome({all.substr(0, first), all.substr(first, second - first),
                               all.substr(second)}),
                      whole)
                << "cut at " << first << " and " << second;

    std::vector<std::string_view> single_bytes;
    for (std::size_t i = 0; i < all.size(); ++i)
        single_bytes.push_back(all.substr(i, 1));
    EXPECT_EQ(outcome(single_bytes), whole);
}

INSTANTIATE_TEST_SUITE_P(
    ClassicResponseDecoder, AnySplit,
    testing::Values(
        std::pair(
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n\r\n\r\n"
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nRoster-Status: ready\r\n\r\n"
            "HTTP/1.1 403 Forbidden\r\nconnection: Close\r\ncontent-length: 1\r\n\r\nx",
            Ending::open),
        std::pair(
            "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\nrest",
            Ending::closed),
        std::pair("HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n"
                  "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nshort",
                  Ending::closed),
        std::pair("HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 204 No Content\r\n\r\ngarbage at last",
                  Ending::open),
        std::pair(head_of(kSplitHeadBytes) + head_of(kSplitHeadBytes) +
                      head_of(kSplitHeadBytes + 1),
                  Ending::closed),
        std::pair("HTTP/1.1 200 OK\r\nContent-Length: 41\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
                  Ending::closed)));

}  // namespace
}  // namespace roster::protocol::classic
