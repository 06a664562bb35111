#include "protocol/http/header_values.hpp"

#include "support/http_requests.hpp"

#include <gtest/gtest.h>

#include <string>

namespace roster::protocol::http {
namespace {

// What a function says of a request with these headers.
template <class Function>
auto of(const std::string& headers, Function function) {
    RequestDecoder decoder;
    decoder.feed(get(headers));
    const Request* const request = decoder.next();
    EXPECT_NE(request, nullptr) << headers;
    return function(request->fields);
}

TEST(HttpMediaType, MayHaveItsCharset) {
    for (const char* type : {"application/json", "Application/JSON",
                             "application/json;charset=utf-8", "application/json ; charset=UTF-8",
                             "application/json; Charset=\"utf-8\"", "application/json;"})
        EXPECT_TRUE(is_media_type(type, "application/json")) << type;
    for (const char* type :
         {"", "application/jso", "application/json2", "text/json",
          "application/json; charset=latin1", "application/json; a=b",
          "application/json; charset=utf-8; a=b", "application/merge-patch+json"})
        EXPECT_FALSE(is_media_type(type, "application/json")) << type;
}

bool accepts_json(const Fields& fields) {
    return accepts(fields, "application/json");
}

bool accepts_lines(const Fields& fields) {
    return accepts(fields, "application/x-ndjson");
}

TEST(HttpAccept, KnowsOtherTypes) {
    for (const char* accept : {"X: y", "Accept: */*", "Accept: application/x-ndjson"})
        EXPECT_TRUE(of(accept, accepts_lines)) << accept;
    for (const char* accept : {"Accept: application/json", "Accept: application/problem+json"})
        EXPECT_FALSE(of(accept, accepts_lines)) << accept;
}

TEST(HttpAccept, KnowsPages) {
    const auto accepts_page = [](const Fields& fields) {
        return accepts(fields, "text/html; charset=utf-8");
    };
    for (const char* accept :
         {"X: y", "Accept: */*", "Accept: text/*", "Accept: TEXT/HTML;q=0.1",
          "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"})
        EXPECT_TRUE(of(accept, accepts_page)) << accept;
    for (const char* accept : {"Accept: application/json", "Accept: application/*", "Accept: te/*",
                               "Accept: text/*;q=0"})
        EXPECT_FALSE(of(accept, accepts_page)) << accept;
}

TEST(HttpAccept, RefusesOnlyWhatExcludesJson) {
    for (const char* accept :
         {"X: y", "Accept: */*", "Accept: application/*", "Accept: text/html, application/json",
          "Accept: APPLICATION/JSON;q=0.1", "Accept: application/problem+json",
          "Accept:", "Accept: text/html\r\nAccept: */*", "Accept: text/html;a=\"x,y\", */*;q=0.1",
          "Accept: nonsense"})
        EXPECT_TRUE(of(accept, accepts_json)) << accept;
    for (const char* accept : {"Accept: text/html", "Accept: application/jsonx", "Accept: text/*",
                               "Accept: */*;q=0", "Accept: application/json;q=0.000, text/html"})
        EXPECT_FALSE(of(accept, accepts_json)) << accept;
}

TEST(HttpEtags, AreComparedStrongly) {
    const auto match = [](const std::string& headers) {
        return of(headers, [](const Fields& fields) { return if_match(fields, "\"1,2\""); });
    };
    EXPECT_EQ(match("X: y"), EtagMatch::absent);
    EXPECT_EQ(match("If-Match: \"1,2\""), EtagMatch::matches);
    EXPECT_EQ(match("If-Match: \"0\", \"1,2\""), EtagMatch::matches);
    EXPECT_EQ(match("If-Match: \"0\"\r\nIf-Match: \"1,2\""), EtagMatch::matches);
    EXPECT_EQ(match("If-Match: \"1,2\"\r\nIf-Match: \"0\""), EtagMatch::matches);
    EXPECT_EQ(match("If-Match: *"), EtagMatch::matches);
    EXPECT_EQ(match("If-Match: ,, \"1,2\" ,"), EtagMatch::matches);
    EXPECT_EQ(match("If-Match: \"0\", ,\"1,2\""), EtagMatch::matches);
    EXPECT_EQ(match("If-Match: \"1\""), EtagMatch::differs);
    EXPECT_EQ(match("If-Match: W/\"1,2\""), EtagMatch::differs);
    EXPECT_EQ(match("If-Match: \"\""), EtagMatch::differs);
}

TEST(HttpEtags, MayBeMalformed) {
    for (const char* list :
         {"", "1", "\"1", "\"1\" \"2\"", ",", ", ,", "*, \"1\"", "w/\"1\"", "W/", "\"1\", 2"}) {
        const auto match = [](const Fields& fields) { return if_match(fields, "\"1\""); };
        EXPECT_EQ(of("If-Match: " + std::string(list), match), EtagMatch::malformed) << list;
    }
}

TEST(HttpEtags, AreComparedWeaklyForReading) {
    const auto match = [](const Fields& fields) { return if_none_match(fields, "\"1\""); };
    EXPECT_EQ(of("If-None-Match: W/\"1\"", match), EtagMatch::matches);
    EXPECT_EQ(of("If-None-Match: \"2\"", match), EtagMatch::differs);
}

TEST(HttpEtags, OfNothingMatchNothing) {
    const auto match = [](const Fields& fields) { return if_match(fields, ""); };
    EXPECT_EQ(of("If-Match: *", match), EtagMatch::differs);
}

}  // namespace
}  // namespace roster::protocol::http
