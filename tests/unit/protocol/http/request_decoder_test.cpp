#include "protocol/http/request_decoder.hpp"

#include "support/http_requests.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace roster::protocol::http {
namespace {

TEST(HttpRequests, AreTakenOrRefusedAsTheRfcsSay) {
    ASSERT_GE(raw_requests().size(), 150U);
    for (const auto& [bytes, outcome] : raw_requests()) {
        DecodedRequests decoded;
        decoded.feed(bytes);
        EXPECT_EQ(decoded.outcome(), outcome) << bytes.substr(0, 300);
    }
}

TEST(HttpRequests, AreTheSameInTwoPiecesAnywhere) {
    for (const auto& [bytes, outcome] : raw_requests()) {
        DecodedRequests whole;
        whole.feed(bytes);
        // Of long ones, which repeat a letter, some places are enough.
        const std::size_t step = bytes.size() < 600 ? 1 : 997;
        for (std::size_t cut = 1; cut < bytes.size(); cut += step) {
            DecodedRequests pieces;
            pieces.feed(bytes.substr(0, cut));
            pieces.feed(bytes.substr(cut));
            ASSERT_EQ(pieces.details(), whole.details())
                << bytes.substr(0, 300) << "\ncut at " << cut;
        }
    }
}

TEST(HttpRequests, AreTheSameByteByByte) {
    for (const auto& [bytes, outcome] : raw_requests()) {
        DecodedRequests whole;
        whole.feed(bytes);
        DecodedRequests single;
        for (const char c : bytes)
            single.feed({&c, 1});
        ASSERT_EQ(single.details(), whole.details()) << bytes.substr(0, 300);
    }
}

TEST(HttpRequests, AreTheSameOneAfterAnother) {
    for (const auto& [bytes, outcome] : raw_requests()) {
        DecodedRequests alone;
        alone.feed(bytes);
        DecodedRequests second;
        second.feed(get() + bytes);
        EXPECT_EQ(second.outcome(), outcome.empty() ? "200" : "200 " + outcome)
            << bytes.substr(0, 300);
    }
}

// Nothing of a client's requests is left for those of another.
TEST(HttpRequests, AreTheSameAfterThoseOfAnotherClient) {
    std::size_t fresh = 0;
    for (const auto& [earlier, unused] : raw_requests()) {
        std::optional<DecodedRequests> decoded;
        for (const auto& [bytes, outcome] : raw_requests()) {
            if (!decoded) decoded.emplace().feed(earlier);
            if (!decoded->begin_another()) break;
            ++fresh;
            DecodedRequests alone;
            alone.feed(bytes);
            decoded->feed(bytes);
            ASSERT_EQ(decoded->details(), alone.details())
                << bytes.substr(0, 300) << "\nafter " << earlier.substr(0, 300);
            if (!decoded->decoder().is_fresh()) decoded.reset();
        }
    }
    EXPECT_GT(fresh, 50 * raw_requests().size());
}

// The request, or null with a failure.
const Request* only(RequestDecoder& decoder, std::string_view bytes) {
    decoder.feed(bytes);
    const Request* const request = decoder.next();
    EXPECT_NE(request, nullptr) << bytes;
    return request;
}

TEST(HttpRequest, HasItsFields) {
    RequestDecoder decoder;
    const Request* const request =
        only(decoder, get("Accept: a\r\nX-Empty:\r\naccept:  b \r\nRequest-Id: a.B_-9"));
    ASSERT_NE(request, nullptr);
    EXPECT_EQ(request->method, Method::get);
    EXPECT_EQ(request->host, "a");
    EXPECT_EQ(request->request_id, "a.B_-9");
    EXPECT_EQ(request->fields.size(), 5U);
    EXPECT_EQ(request->fields.find("ACCEPT"), "a");
    EXPECT_EQ(request->fields.find("x-empty"), "");
    EXPECT_EQ(request->fields.find("absent"), std::nullopt);
    std::size_t i = 0;
    EXPECT_EQ(request->fields.find_from(i, "accept"), "a");
    EXPECT_EQ(request->fields.find_from(i, "accept"), "b");
    EXPECT_EQ(request->fields.find_from(i, "accept"), std::nullopt);
}

TEST(HttpRequest, HasADecodedTarget) {
    RequestDecoder decoder;
    const Request* const request =
        only(decoder, to_target("/v1/%E2%82%AC%2F/?q=a+b%2B&flag&=x&q=2&%71="));
    ASSERT_NE(request, nullptr);
    const Target& target = request->target;
    EXPECT_EQ(target.segments(), (std::vector<std::string_view>{"v1", "\u20AC/", ""}));
    EXPECT_EQ(target.path(), "/v1/%E2%82%AC%2F/");
    EXPECT_EQ(target.parameter("q"), "a b+");
    EXPECT_EQ(target.parameter("flag"), "");
    EXPECT_EQ(target.parameter("absent"), std::nullopt);
    EXPECT_EQ(target.parameters().size(), 5U);
}

TEST(HttpRequest, OfAnAbsoluteTargetHasThatsAuthority) {
    RequestDecoder decoder;
    const Request* const request = only(decoder, "GET http://b:1?x=y HTTP/1.1\r\nHost: a\r\n\r\n");
    ASSERT_NE(request, nullptr);
    EXPECT_EQ(request->host, "b:1");
    EXPECT_EQ(request->target.path(), "/");
    EXPECT_EQ(request->target.parameter("x"), "y");
}

TEST(HttpRequest, MayBeOfTheServerItself) {
    for (const char* target : {"*", "http://b"}) {
        RequestDecoder decoder;
        const Request* const request =
            only(decoder, with_line("OPTIONS " + std::string(target) + " HTTP/1.1"));
        ASSERT_NE(request, nullptr);
        EXPECT_EQ(request->target.form(), Target::Form::asterisk);
    }
}

TEST(HttpRequest, TakesNoOtherRequestId) {
    for (const std::string& id : {std::string(65, 'a'), std::string("a b"), std::string("a/b"),
                                  std::string("\xC3\xA4"), std::string()}) {
        RequestDecoder decoder;
        const Request* const request = only(decoder, get("Request-Id: " + id));
        ASSERT_NE(request, nullptr);
        EXPECT_EQ(request->request_id, "");
    }
}

TEST(HttpRequest, HasItsBodyHoweverItComes) {
    for (const std::string& bytes :
         {post("Content-Length: 6", "abcdef"),
          chunked("2\r\nab\r\n4;x\r\ncdef\r\n0\r\nX: y\r\n\r\n"),
          chunked("1\r\na\r\n1\r\nb\r\n1\r\nc\r\n1\r\nd\r\n1\r\ne\r\n1\r\nf\r\n0\r\n\r\n")}) {
        RequestDecoder decoder;
        const Request* const request = only(decoder, bytes + get("X: next"));
        ASSERT_NE(request, nullptr);
        EXPECT_EQ(request->body, "abcdef");
        const Request* const next = decoder.next();
        ASSERT_NE(next, nullptr);
        EXPECT_EQ(next->fields.find("X"), "next");
        EXPECT_EQ(next->body, "");
    }
}

TEST(HttpRequest, IsWipedAfterwards) {
    RequestDecoder decoder;
    const Request* const request = only(decoder, post("Content-Length: 6", "secret") + "GET");
    ASSERT_NE(request, nullptr);
    const std::string_view body = request->body;
    EXPECT_EQ(decoder.next(), nullptr);
    EXPECT_EQ(body, std::string_view("\0\0\0\0\0\0", 6));
}

TEST(HttpRequestDecoder, SaysThatAClientWaitsToSendItsBody) {
    RequestDecoder decoder;
    decoder.feed(post("Expect: 100-continue\r\nContent-Length: 3", ""));
    EXPECT_EQ(decoder.next(), nullptr);
    EXPECT_EQ(decoder.announced_body_bytes(), 3U);
    EXPECT_TRUE(decoder.take_continue());
    EXPECT_FALSE(decoder.take_continue());
    decoder.feed("abc");
    EXPECT_NE(decoder.next(), nullptr);

    decoder.feed(post("Expect: 100-continue\r\nContent-Length: 3", "a"));
    EXPECT_EQ(decoder.next(), nullptr);
    EXPECT_FALSE(decoder.take_continue());
}

TEST(HttpRequestDecoder, SaysWhatARefusalIs) {
    RequestDecoder decoder;
    decoder.feed("HEAD / HTTP/1.1\r\nHost: a\r\nX : y\r\n");
    EXPECT_EQ(decoder.next(), nullptr);
    ASSERT_TRUE(decoder.refusal());
    EXPECT_EQ(decoder.refusal()->code, ProblemCode::malformed_request);
    EXPECT_TRUE(decoder.refusal()->head);
    decoder.feed(get());
    EXPECT_EQ(decoder.next(), nullptr);
    EXPECT_EQ(decoder.buffered_bytes(), 0U);
}

// What is wrong with the rest of the line does not make another request of it.
TEST(HttpRequestDecoder, KnowsARequestForAHeadByTheBeginningOfItsLine) {
    for (const std::string& line :
         {std::string("HEAD / HTTP/2.0"), "HEAD /" + std::string(9000, 'a') + " HTTP/1.1",
          std::string("HEAD / http/1.1"), std::string("HEAD /a b HTTP/1.1"), std::string("HEAD /"),
          std::string("HEAD  / HTTP/1.1"), std::string("HEAD /a\rb HTTP/1.1")}) {
        RequestDecoder decoder;
        decoder.feed(line + "\r\nHost: a\r\n\r\n");
        EXPECT_EQ(decoder.next(), nullptr);
        ASSERT_TRUE(decoder.refusal());
        EXPECT_TRUE(decoder.refusal()->head) << line.substr(0, 100);
    }
    RequestDecoder decoder;
    decoder.feed("HEADS / HTTP/2.0\r\n");
    EXPECT_EQ(decoder.next(), nullptr);
    ASSERT_TRUE(decoder.refusal());
    EXPECT_FALSE(decoder.refusal()->head);
}

TEST(HttpRequestDecoder, TakesNoOtherCrInAHead) {
    const std::string head =
        "GET /a?b=%20 HTTP/1.1\r\nHost: a:1\r\nX:  y z \r\nConnection: b\r\n\r\n";
    for (std::size_t i = 1; i < head.size(); ++i) {
        RequestDecoder decoder;
        decoder.feed(std::string(head).insert(i, 1, '\r'));
        EXPECT_EQ(decoder.next(), nullptr) << i;
        ASSERT_TRUE(decoder.refusal()) << i;
        EXPECT_EQ(decoder.refusal()->detail, "a line must end with CR LF") << i;
    }
}

TEST(HttpRequestDecoder, BoundsEmptyLinesAndTinyChunks) {
    DecodedRequests lines;
    for (int i = 0; i < 9000; ++i)
        lines.feed("\r\n");
    EXPECT_EQ(lines.outcome(), "400");

    DecodedRequests extended;
    extended.feed(chunked(""));
    for (int i = 0; i < 1000; ++i)
        extended.feed("1;abcdefghijklmnopqrst\r\nx\r\n");
    EXPECT_EQ(extended.outcome(), "400");

    DecodedRequests tiny;
    tiny.feed(chunked(""));
    for (int i = 0; i < 65536; ++i)
        tiny.feed("1\r\nx\r\n");
    EXPECT_LT(tiny.decoder().buffered_bytes(), 66000U);
    tiny.feed("0\r\n\r\n");
    EXPECT_EQ(tiny.outcome(), "200");
}

TEST(HttpRequestDecoder, IsFreshBetweenRequestsOnly) {
    RequestDecoder decoder;
    EXPECT_TRUE(decoder.is_fresh());
    for (const std::string_view part : {"\r\n", "GET / HTTP/1.1\r\n", "Host: a\r\n\r\n"}) {
        decoder.feed(part);
        EXPECT_FALSE(decoder.is_fresh());
    }
    EXPECT_NE(decoder.next(), nullptr);
    EXPECT_FALSE(decoder.is_fresh());
    EXPECT_EQ(decoder.next(), nullptr);
    EXPECT_TRUE(decoder.is_fresh());

    RequestLimits limits;
    limits.body_bytes = 2;
    decoder.use(limits);
    decoder.feed(post("Content-Length: 3", "abc"));
    EXPECT_EQ(decoder.next(), nullptr);
    ASSERT_TRUE(decoder.refusal());
    EXPECT_FALSE(decoder.is_fresh());
}

TEST(HttpRequestDecoder, AsksHowLongABodyMayBe) {
    RequestLimits limits;
    limits.body_bytes = 10;
    const std::string long_body(20, 'x');
    for (const std::string& bytes :
         {post("Content-Length: 20", long_body), chunked("14\r\n" + long_body + "\r\n0\r\n\r\n")}) {
        RequestDecoder decoder(limits, true);
        decoder.feed(bytes);
        ASSERT_EQ(decoder.next(), nullptr);
        ASSERT_NE(decoder.undecided(), nullptr);
        EXPECT_EQ(decoder.undecided()->method, Method::post);
        decoder.limit_body(20);
        const Request* request = decoder.next();
        ASSERT_NE(request, nullptr);
        EXPECT_EQ(request->body, long_body);
        decoder.feed(bytes);
        EXPECT_EQ(decoder.next(), nullptr);
        decoder.limit_body(19);
        EXPECT_EQ(decoder.next(), nullptr);
        ASSERT_TRUE(decoder.refusal());
        EXPECT_EQ(decoder.refusal()->code, ProblemCode::body_too_large);
    }
}

TEST(HttpRequestDecoder, DoesNotAskAboutABodyWithinTheLimit) {
    RequestLimits limits;
    limits.body_bytes = 10;
    RequestDecoder decoder(limits, true);
    decoder.feed(post("Content-Length: 20", std::string(20, 'x')));
    EXPECT_EQ(decoder.next(), nullptr);
    decoder.limit_body(20);
    EXPECT_NE(decoder.next(), nullptr);
    decoder.feed(post("Content-Length: 10", "0123456789") + post("Content-Length: 11", ""));
    EXPECT_NE(decoder.next(), nullptr);
    EXPECT_EQ(decoder.next(), nullptr);
    EXPECT_NE(decoder.undecided(), nullptr) << "the limit is that of one request";
}

}  // namespace
}  // namespace roster::protocol::http
