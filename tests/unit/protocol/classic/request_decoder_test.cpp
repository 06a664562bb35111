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
using Phase = RequestDecoder::Phase;
using Requests = std::vector<std::string>;

Requests after(const std::string& bytes) {
    RequestDecoder decoder;
    decoder.feed(bytes);
    return take_all(decoder);
}

Requests after_silence(const std::string& bytes) {
    RequestDecoder decoder;
    decoder.feed(bytes);
    Requests requests = take_all(decoder);
    decoder.silence();
    for (std::string& request : take_all(decoder))
        requests.push_back(std::move(request));
    return requests;
}

Requests after_end(const std::string& bytes) {
    RequestDecoder decoder;
    decoder.feed(bytes);
    decoder.end();
    return take_all(decoder);
}

// What the documented client does in its story, and what must come of it.
struct Step {
    std::string bytes;
    std::string request;
};
std::vector<Step> story(std::string (*post)(std::string_view, std::string_view)) {
    return {
        {post("POST", user_body("n@n.com", "pw12", "signup")), "sign up n@n.com|pw12"},
        {post("POST", user_body("n@n.com", "pw,12", "login")), "log in n@n.com|pw,12"},
        {post("GET", {}), "view"},
        {post("PUT", user_body("m@m.com", "pw", "4")), "modify 4 m@m.com|pw"},
        {post("PUT", user_body("비@밀.com", "비밀번호", "12345")),
         "modify 12345 비@밀.com|비밀번호"},
        {post("POST", user_body("ü@ü.de", "pässword", "login")), "log in ü@ü.de|pässword"},
        {post("POST", user_body("a@a.com", "😀😀", "signup")), "sign up a@a.com|😀😀"},
        {post("HEAD", {}), "status"},
    };
}

std::string new_client(std::string_view method, std::string_view body) {
    return documented(method, body);
}

class ClassicStory : public testing::TestWithParam<decltype(&new_client)> {};
INSTANTIATE_TEST_SUITE_P(Clients, ClassicStory, testing::Values(&new_client, &documented_old));

TEST_P(ClassicStory, IsUnderstoodOneRequestAtATime) {
    RequestDecoder decoder;
    for (const Step& step : story(GetParam())) {
        decoder.feed(step.bytes);
        EXPECT_THAT(take_all(decoder), IsEmpty()) << step.request;
        EXPECT_TRUE(decoder.awaits_silence());
        decoder.silence();
        EXPECT_THAT(take_all(decoder), ElementsAre(step.request));
        EXPECT_EQ(decoder.buffered_bytes(), 0U);
        EXPECT_EQ(decoder.phase(), Phase::idle);
    }
}

TEST_P(ClassicStory, EveryTwoRequestsInOneSegmentAreAnsweredRight) {
    for (const Step& first : story(GetParam())) {
        for (const Step& second : story(GetParam())) {
            EXPECT_THAT(after_silence(first.bytes + second.bytes),
                        ElementsAre(first.request, second.request));
        }
    }
}

TEST_P(ClassicStory, IsUnderstoodInOneSegment) {
    std::string bytes;
    Requests requests;
    for (const Step& step : story(GetParam())) {
        bytes += step.bytes;
        requests.push_back(step.request);
    }
    EXPECT_EQ(after_silence(bytes), requests);
    EXPECT_EQ(after_end(bytes), requests);
}

TEST_P(ClassicStory, TheEndMakesTheLastRequestWhole) {
    for (const Step& step : story(GetParam()))
        EXPECT_THAT(after_end(step.bytes), ElementsAre(step.request));
}

TEST_P(ClassicStory, TheExtraFourBytesMayReallyBeThere) {
    for (const Step& step : story(GetParam())) {
        EXPECT_THAT(after(step.bytes + "\r\n\r\n"), ElementsAre(step.request));
        EXPECT_THAT(after_silence(step.bytes + "\r\n\r\n" + documented("GET")),
                    ElementsAre(step.request, "view"));
    }
}

TEST_P(ClassicStory, ABodyThatLacksAByteIsNeverWhole) {
    for (const Step& step : story(GetParam())) {
        if (step.bytes.find("user:") == step.bytes.npos) continue;
        // Where characters are several bytes, the count is right for no shorter body either.
        const std::string cut = step.bytes.substr(0, step.bytes.size() - 1);
        EXPECT_THAT(after_end(cut), IsEmpty()) << step.request;
        EXPECT_THAT(after_silence(cut), IsEmpty()) << step.request;
    }
}

TEST(ClassicRequestDecoder, FramesByContentLengthWithAHost) {
    EXPECT_THAT(after(http("POST", "user:a,b,login") + http("PUT", "user:a,b,77") + http("GET") +
                      http("HEAD")),
                ElementsAre("log in a|b", "modify 77 a|b", "view", "status"));
    EXPECT_THAT(after(http("PUT", "user:비,밀,77") + http("GET")),
                ElementsAre("modify 77 비|밀", "view"));
    EXPECT_THAT(after(http("GET", "user:a,b,login") + http("HEAD", "xyz") + http("GET")),
                ElementsAre("view", "status", "view"));
    EXPECT_THAT(after("GET / HTTP/1.1\r\nHost: x\r\n\r\nHEAD / HTTP/1.1\r\nHost: x\r\n\r\n"),
                ElementsAre("view", "status"));
}

TEST(ClassicRequestDecoder, FramesByContentLengthWithoutAHost) {
    EXPECT_THAT(after(http("POST", "user:a,b,login", "") + http("PUT", "user:a,b,77777", "") +
                      http("GET", "", "") + http("HEAD", "body", "")),
                ElementsAre("log in a|b", "modify 77777 a|b", "view", "status"));
}

TEST(ClassicRequestDecoder, SilenceNeverEndsARequestWithAHost) {
    const std::string whole = http("PUT", "user:a,b,12345");
    RequestDecoder decoder;
    decoder.feed(whole.substr(0, whole.size() - 4));
    EXPECT_FALSE(decoder.awaits_silence());
    decoder.silence();
    EXPECT_THAT(take_all(decoder), IsEmpty());
    decoder.feed("2345");
    EXPECT_THAT(take_all(decoder), ElementsAre("modify 12345 a|b"));

    EXPECT_THAT(after_silence("GET / HTTP/1.1\r\nHost: x\r\nContent-Length:0"), IsEmpty());
    EXPECT_THAT(after_end("GET / HTTP/1.1\r\nHost: x\r\nContent-Length:0"), IsEmpty());
    EXPECT_THAT(after_end(whole.substr(0, whole.size() - 1)), IsEmpty());
    EXPECT_THAT(after("GET / HTTP/1.1\r\nHost: x\r\nContent-Length:0GET / HTTP/1.1\r\n"),
                ElementsAre("400 close"));
}

TEST(ClassicRequestDecoder, TheLastFourBytesMayComeLateWithoutAHostToo) {
    RequestDecoder decoder;
    const std::string whole = http("POST", "user:a,b,signup", "");
    decoder.feed(whole.substr(0, whole.size() - 4));
    EXPECT_FALSE(decoder.awaits_silence());
    decoder.silence();
    decoder.feed(whole.substr(whole.size() - 4));
    EXPECT_THAT(take_all(decoder), ElementsAre("sign up a|b"));
}

TEST(ClassicRequestDecoder, ATypedRequestWaitsForItsBlankLine) {
    for (const std::string head :
         {"GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nX: y\r\n", "GET / HT",
          "GET / HTTP/1.1\r\nContent-Length: 0\r\n", "GET / HTTP/1.1\r\nContent-Length: 0\r"}) {
        EXPECT_THAT(after_silence(head), IsEmpty()) << head;
        EXPECT_THAT(after_end(head), IsEmpty()) << head;
    }
    EXPECT_THAT(after("GET / HTTP/1.1\n\nHEAD HTTP/1.1\nX: y\n\n"), ElementsAre("view", "status"));
    EXPECT_THAT(after("\n\r\n\nGET / HTTP/1.1\r\n\r\n"), ElementsAre("view"));
    EXPECT_THAT(after("POST / HTTP/1.1\nContent-Length: 15\n\nuser:a,b,login\n"),
                ElementsAre("log in a|b"));
}

TEST(ClassicRequestDecoder, OnlyGetAndHeadEndWithoutABlankLine) {
    for (const std::string method : {"POST", "PUT", "DELETE"}) {
        EXPECT_THAT(after_silence(documented(method)), IsEmpty()) << method;
        EXPECT_THAT(after_end(documented(method)), IsEmpty()) << method;
        EXPECT_THAT(after(documented(method) + documented("GET") + "\r\n\r\n"),
                    ElementsAre("400 close"));
    }
    EXPECT_THAT(after_silence("GET / HTTP/1.1\r\nContent-Length:5"), IsEmpty());
    EXPECT_THAT(after_silence("GET / HTTP/1.1\r\nContent-Length:5\r\nContent-Length:0"), IsEmpty());
}

TEST(ClassicRequestDecoder, WhatFollowsABareHeadBelongsToTheNextRequest) {
    RequestDecoder decoder;
    decoder.feed(documented("GET") + "HEA");
    EXPECT_TRUE(decoder.awaits_silence());
    decoder.silence();
    EXPECT_THAT(take_all(decoder), ElementsAre("view"));
    EXPECT_EQ(decoder.buffered_bytes(), 3U);
    decoder.feed("D / HTTP/1.1\r\n\r\n");
    EXPECT_THAT(take_all(decoder), ElementsAre("status"));
}

TEST(ClassicRequestDecoder, BodiesThatAreWrongAreAnsweredAndTheConnectionGoesOn) {
    for (const std::string body : {"user:a,login", "nobody:a,b,login", "user:a,b,delete"}) {
        EXPECT_THAT(after(http("POST", body) + http("GET")), ElementsAre("400", "view")) << body;
        EXPECT_THAT(after(http("POST", body, "") + http("GET")), ElementsAre("400", "view"));
        EXPECT_THAT(after_silence(documented("POST", body) + documented("GET")),
                    ElementsAre("400", "view"));
    }
    EXPECT_THAT(after_silence(documented("PUT", "user:a,b,four")), ElementsAre("400"));
}

TEST(ClassicRequestDecoder, OtherMethodsAndPathsAreAnsweredAndTheConnectionGoesOn) {
    EXPECT_THAT(after(http("DELETE") + http("OPTIONS", "body") + http("GET")),
                ElementsAre("405", "405", "view"));
    EXPECT_THAT(after("BREW / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n"), ElementsAre("405", "view"));
    EXPECT_THAT(after_silence(documented("DELETE", "user:a,b,1") + documented("GET")),
                ElementsAre("405", "view"));
    EXPECT_THAT(after("POST /users HTTP/1.1\r\nHost: x\r\n\r\n" + http("GET")),
                ElementsAre("404", "view"));
    EXPECT_THAT(after_silence(documented("POST", "user:a,b,login", "/users ") +
                              documented("GET", {}, "/x ") + documented("HEAD")),
                ElementsAre("404", "404", "status"));
}

TEST(ClassicRequestDecoder, PostAndPutNeedAContentLength) {
    for (const std::string method : {"POST", "PUT"}) {
        EXPECT_THAT(after(method + " / HTTP/1.1\r\nHost: x\r\n\r\n" + http("GET")),
                    ElementsAre("400", "view"));
        EXPECT_THAT(after(method + " / HTTP/1.1\r\n\r\n" + http("GET")), ElementsAre("400 close"));
        for (const std::string body : {"", "a", "abc", "abcd"})
            EXPECT_THAT(after(http(method, body, "") + http("GET")), ElementsAre("400", "view"));
    }
}

TEST(ClassicRequestDecoder, NothingFollowsWhatCloses) {
    const std::string rest = http("GET") + documented("GET");
    for (const std::string bad :
         {"hello\r\n", "GET / HTTP/2.0\r\n", "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n",
          "GET / HTTP/1.1\r\nVia: x\r\n", "GET / HTTP/1.1\r\nContent-Length: x\r\n",
          "GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n",
          "GET / HTTP/1.1\r\nA: b\r\n folded\r\n", "GET / HTTP/1.1\r\nExpect: tea\r\n",
          "GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.1\r\nConnection: close\r\n\r\n"}) {
        RequestDecoder decoder;
        decoder.feed(bad + rest);
        const Requests requests = take_all(decoder);
        ASSERT_EQ(requests.size(), 1U) << bad;
        EXPECT_THAT(requests.front(), testing::EndsWith(" close")) << bad;
        decoder.feed(rest);
        decoder.silence();
        decoder.end();
        EXPECT_THAT(take_all(decoder), IsEmpty()) << bad;
        EXPECT_EQ(decoder.buffered_bytes(), 0U) << bad;
    }
    EXPECT_THAT(after("GET / HTTP/1.0\r\n\r\n"), ElementsAre("view close"));
    EXPECT_THAT(after("GET / HTTP/2.0\r\n"), ElementsAre("505 close"));
    EXPECT_THAT(after("GET / HTTP/1.1\r\nExpect: tea\r\n"), ElementsAre("417 close"));
}

TEST(ClassicRequestDecoder, NothingFollowsTheEnd) {
    RequestDecoder decoder;
    decoder.feed(http("GET") + http("HEAD") + "GE");
    decoder.end();
    decoder.feed("T / HTTP/1.1\r\n\r\n" + http("GET"));
    EXPECT_THAT(take_all(decoder), ElementsAre("view", "status"));
    EXPECT_EQ(decoder.buffered_bytes(), 0U);
}

TEST(ClassicRequestDecoder, ARefusalOfHeadIsStillOfHead) {
    RequestDecoder decoder;
    decoder.feed("HEAD / HTTP/1.1\r\nVia: x\r\n");
    EXPECT_EQ(decoder.next()->method, Method::head);
}

TEST(ClassicRequestDecoder, KnowsItsPhase) {
    RequestDecoder decoder;
    EXPECT_EQ(decoder.phase(), Phase::idle);
    decoder.feed("\r\n\r");
    EXPECT_EQ(decoder.phase(), Phase::idle);
    decoder.feed("\nP");
    EXPECT_EQ(decoder.phase(), Phase::head);
    decoder.feed("OST / HTTP/1.1\r\nHost: x\r\nContent-Length: 14\r\n");
    EXPECT_EQ(decoder.phase(), Phase::head);
    decoder.feed("\r\n");
    EXPECT_EQ(decoder.phase(), Phase::body);
    EXPECT_EQ(decoder.announced_body_bytes(), 14U);
    decoder.feed("user:a,b,logi");
    EXPECT_EQ(decoder.phase(), Phase::body);
    decoder.feed("n");
    EXPECT_EQ(decoder.phase(), Phase::idle);
    EXPECT_THAT(take_all(decoder), ElementsAre("log in a|b"));
}

TEST(ClassicRequestDecoder, TellsOnceThatTheClientWaitsToGoOn) {
    const std::string head = "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n";
    RequestDecoder decoder;
    decoder.feed(head + "Content-Length: 14\r\n");
    EXPECT_FALSE(decoder.take_continue());
    decoder.feed("\r\n");
    EXPECT_TRUE(decoder.take_continue());
    EXPECT_FALSE(decoder.take_continue());
    decoder.feed("user:a,b,login");
    EXPECT_THAT(take_all(decoder), ElementsAre("log in a|b"));

    decoder.feed(head + "Content-Length: 14\r\n\r\nu");
    EXPECT_FALSE(decoder.take_continue());
    RequestDecoder empty;
    empty.feed(head + "Content-Length: 0\r\n\r\n");
    EXPECT_FALSE(empty.take_continue());
    RequestDecoder unasked;
    unasked.feed("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 14\r\n\r\n");
    EXPECT_FALSE(unasked.take_continue());
    RequestDecoder without_host;
    without_host.feed("POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 14\r\n\r\n");
    EXPECT_FALSE(without_host.take_continue());
}

}  // namespace
}  // namespace roster::protocol::classic
