#include "protocol/classic/request_body.hpp"

#include "support/classic_requests.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace roster::protocol::classic {
namespace {

using BodyOutcome = CountedBody::Outcome;

constexpr std::size_t kMax = 4096;
const std::string kKorean = user_body("a@a.com", "비밀번호", "12345");
constexpr std::size_t kKoreanCharacters = 23;

// What is decided of these bytes: "more", "lost", "too large", or the body.
std::string scanned(Method method, std::size_t counted, const std::string& bytes) {
    CountedBody body(method, counted, kMax);
    const CountedBody::End end = body.scan(bytes);
    switch (end.outcome) {
        case BodyOutcome::more: return "more";
        case BodyOutcome::lost: return "lost";
        case BodyOutcome::too_large: return "too large";
        case BodyOutcome::whole: break;
    }
    return bytes.substr(0, end.size_bytes);
}

// What it is once nothing more comes: "more", or the body.
std::string silent(Method method, std::size_t counted, const std::string& bytes) {
    CountedBody body(method, counted, kMax);
    EXPECT_EQ(body.scan(bytes).outcome, BodyOutcome::more) << bytes;
    const auto end = body.at_silence(bytes);
    return end ? bytes.substr(0, *end) : "more";
}

std::string ended(Method method, std::size_t counted, const std::string& bytes) {
    CountedBody body(method, counted, kMax);
    EXPECT_EQ(body.scan(bytes).outcome, BodyOutcome::more) << bytes;
    const auto end = body.at_end(bytes);
    return end ? bytes.substr(0, *end) : "more";
}

std::string decoded(Method method, std::string_view body) {
    return std::visit(Describe{}, decode_operation(method, body));
}

std::string refusal_text(Method method, std::string_view body) {
    return std::get<ProtocolError>(decode_operation(method, body)).text;
}

TEST(ClassicOperation, ReadsTheThreeParts) {
    EXPECT_EQ(decoded(Method::post, "user:a@a.com,pw,signup"), "sign up a@a.com|pw");
    EXPECT_EQ(decoded(Method::post, "user:a@a.com,pw,login"), "log in a@a.com|pw");
    EXPECT_EQ(decoded(Method::put, "user:a@a.com,pw,4"), "modify 4 a@a.com|pw");
    EXPECT_EQ(decoded(Method::put, "user:m@m.com,비밀번호,0012"), "modify 12 m@m.com|비밀번호");
}

TEST(ClassicOperation, APasswordMayHoldCommas) {
    EXPECT_EQ(decoded(Method::post, "user:a,p,q,,r,login"), "log in a|p,q,,r");
    EXPECT_EQ(decoded(Method::post, "user:a,login,signup"), "sign up a|login");
}

TEST(ClassicOperation, WhatIsEmptyIsLeftToTheRules) {
    EXPECT_EQ(decoded(Method::post, "user:,,login"), "log in |");
}

TEST(ClassicOperation, LineEndsBehindTheBodyAreNotOfIt) {
    EXPECT_EQ(decoded(Method::post, "user:a,b,login\r\n"), "log in a|b");
    EXPECT_EQ(decoded(Method::put, "user:a,b,7\n\n"), "modify 7 a|b");
}

TEST(ClassicOperation, MethodsWithoutABodyIgnoreIt) {
    EXPECT_EQ(decoded(Method::get, "user:a,b,login"), "view");
    EXPECT_EQ(decoded(Method::head, ""), "status");
    EXPECT_EQ(decoded(Method::other, "user:a,b,login"), "405");
}

TEST(ClassicOperation, SaysWhatIsWrong) {
    for (const Method method : {Method::post, Method::put}) {
        for (const std::string_view body : {"", "user", "User:a,b,1", " user:a,b,1", "a,b,login"})
            EXPECT_THAT(refusal_text(method, body), testing::HasSubstr("begin with \"user:\""));
        for (const std::string_view body : {"user:", "user:a", "user:a,login"})
            EXPECT_THAT(refusal_text(method, body), testing::HasSubstr("two commas"));
    }
    for (const std::string_view body :
         {"user:a,b,", "user:a,b,Login", "user:a,b, login", "user:a,b,delete", "user:a,b,4"})
        EXPECT_THAT(refusal_text(Method::post, body), testing::HasSubstr("signup or login"));
    for (const std::string_view body :
         {"user:a,b,", "user:a,b,login", "user:a,b,-1", "user:a,b,+1", "user:a,b,1x",
          "user:a,b,1.0", "user:a,b, 1", "user:a,b,0x1"})
        EXPECT_THAT(refusal_text(Method::put, body), testing::HasSubstr("decimal id"));
}

TEST(ClassicOperation, AnIdHasSixtyFourBits) {
    EXPECT_EQ(decoded(Method::put, "user:a,b,18446744073709551615"),
              "modify 18446744073709551615 a|b");
    EXPECT_THAT(refusal_text(Method::put, "user:a,b,18446744073709551616"),
                testing::HasSubstr("too large"));
}

TEST(ClassicOperation, ARefusalNeverRepeatsWhatWasSent) {
    for (const Method method : {Method::post, Method::put, Method::other}) {
        for (const std::string_view body : {"hunter2", "user:hunter2", "user:a,hunter2,hunter2"})
            EXPECT_THAT(refusal_text(method, body), testing::Not(testing::HasSubstr("hunter2")));
    }
}

TEST(ClassicOperation, KnowsWhatAnOptionLacks) {
    EXPECT_TRUE(completes_option("user:a,b,l", 4));
    EXPECT_TRUE(completes_option("user:a,b,si", 4));
    EXPECT_TRUE(completes_option("user:a,b,signu", 1));
    EXPECT_FALSE(completes_option("user:a,b,l", 3));
    EXPECT_FALSE(completes_option("user:a,b,xx", 4));
    EXPECT_FALSE(completes_option("user:a,b,login", 0));
}

TEST(ClassicBody, CountsCharactersInTheSample) {
    ASSERT_EQ(kKorean.size(), kKoreanCharacters + 8);
}

TEST(ClassicBody, AsManyBytesAsHttpSays) {
    EXPECT_EQ(scanned(Method::post, 14, "user:a,b,login"), "user:a,b,login");
    EXPECT_EQ(scanned(Method::put, 14, "user:a,b,12345"), "user:a,b,12345");
    EXPECT_EQ(scanned(Method::put, 14, "user:a,b,1"), "more");
    EXPECT_EQ(scanned(Method::post, 14, "user:a,b,wrong"), "user:a,b,wrong");
    EXPECT_EQ(scanned(Method::post, 14, "no such prefix"), "no such prefix");
    EXPECT_EQ(scanned(Method::other, 14, "user:a,b,login"), "user:a,b,login");
}

TEST(ClassicBody, TheBlankLineCountedAndThenSilence) {
    EXPECT_EQ(scanned(Method::post, 18, "user:a,b,login"), "more");
    EXPECT_EQ(silent(Method::post, 18, "user:a,b,login"), "user:a,b,login");
    EXPECT_EQ(silent(Method::put, 14, "user:a,b,1"), "user:a,b,1");
    EXPECT_EQ(silent(Method::other, 14, "user:a,b,1"), "user:a,b,1");
    EXPECT_EQ(silent(Method::post, 15, "user:a,b,wrong"), "user:a,b,wrong");
}

TEST(ClassicBody, TheBlankLineCountedAndThenARequest) {
    for (const std::string next : {"GET ", "HEAD ", "POST ", "PUT ", "\r\nGET ", "\nPUT "})
        EXPECT_EQ(scanned(Method::post, 18, "user:a,b,login" + next), "user:a,b,login") << next;
    EXPECT_EQ(scanned(Method::post, 8, "userPUT "), "user");
}

TEST(ClassicBody, TheBlankLineCountedAndReallyThere) {
    for (const std::string extra : {"\r\n\r\n", "\n\n\n\n"})
        EXPECT_EQ(scanned(Method::post, 18, "user:a,b,login" + extra), "user:a,b,login" + extra);
    EXPECT_EQ(scanned(Method::post, 17, "user:a,b,wrong\r\n\r\n"), "user:a,b,wrong\r\n\r");
    EXPECT_EQ(silent(Method::post, 18, "user:a,b,login\r\n"), "user:a,b,login\r\n");
}

TEST(ClassicBody, TheBeginningOfARequestWaitsForItsRest) {
    EXPECT_EQ(scanned(Method::post, 18, "user:a,b,loginHEAD"), "more");
    EXPECT_EQ(silent(Method::post, 18, "user:a,b,loginHEAD"), "user:a,b,login");
    EXPECT_EQ(silent(Method::post, 18, "user:a,b,loginP"), "user:a,b,login");
    EXPECT_EQ(silent(Method::put, 14, "user:a,b,1\r\nPU"), "user:a,b,1");
    EXPECT_EQ(scanned(Method::post, 18, "user:a,b,loginHEADx"), "user:a,b,loginHEAD");
}

TEST(ClassicBody, SilenceDoesNotEndWhatIsNoWholeBody) {
    EXPECT_EQ(silent(Method::post, 19, "user:a,b,login"), "more");
    EXPECT_EQ(silent(Method::post, 12, "user:a,b"), "more");
    EXPECT_EQ(silent(Method::post, 12, "useful,b,"), "more");
    EXPECT_EQ(silent(Method::post, 12, "user:a,bP"), "more");
}

TEST(ClassicBody, SilenceDoesNotEndAnOptionThatTheLastBytesWillMend) {
    EXPECT_EQ(silent(Method::post, 14, "user:a,b,l"), "more");
    EXPECT_EQ(silent(Method::post, 14, "user:a,b,logi"), "more");
    EXPECT_EQ(silent(Method::post, 15, "user:a,b,sig"), "more");
    // 20 bytes, of a body with 16 characters.
    EXPECT_EQ(silent(Method::post, 16 + 4, "user:한글,비밀,l"), "more");
    EXPECT_EQ(silent(Method::post, 14, "user:a,b,x"), "user:a,b,x");
    EXPECT_EQ(silent(Method::post, 13, "user:a,b,"), "user:a,b,");
}

TEST(ClassicBody, CharactersCountedInsteadOfBytes) {
    const std::size_t counted = kKoreanCharacters + 4;
    EXPECT_EQ(scanned(Method::put, counted, kKorean), "more");
    EXPECT_EQ(silent(Method::put, counted, kKorean), kKorean);
    EXPECT_EQ(silent(Method::put, counted, kKorean + "\r\n"), kKorean + "\r\n");
    EXPECT_EQ(silent(Method::put, counted, kKorean + "PU"), kKorean);
    EXPECT_EQ(scanned(Method::put, counted, kKorean + "PUT "), kKorean);
    EXPECT_EQ(scanned(Method::put, counted, kKorean + "\r\n\r\n"), kKorean);
}

TEST(ClassicBody, TheLastCharacterMayHaveSeveralBytes) {
    const std::string wrong = "user:a,b,로그인";
    EXPECT_EQ(silent(Method::post, 12 + 4, wrong), wrong);
    EXPECT_EQ(scanned(Method::post, 12 + 4, wrong + "GET "), wrong);
}

TEST(ClassicBody, NoShorterIdIsTakenWhereCharactersAreStillToCome) {
    // 27 bytes of it are a valid body too, with another user's id.
    const std::size_t counted = kKoreanCharacters + 4;
    ASSERT_EQ(kKorean.substr(0, counted), "user:a@a.com,비밀번호,1");
    for (std::size_t size = 0; size < kKorean.size(); ++size)
        EXPECT_EQ(scanned(Method::put, counted, kKorean.substr(0, size)), "more") << size;
    EXPECT_EQ(silent(Method::put, counted, kKorean.substr(0, counted + 1)), "more");
    EXPECT_EQ(scanned(Method::put, counted, kKorean + "x"), "lost");
    // Nor where what follows it looks like the beginning of a request.
    const std::string strange = user_body("a@a.com", "비밀번호", "1HEAD");
    EXPECT_EQ(silent(Method::put, kKoreanCharacters + 4, strange), strange);
}

TEST(ClassicBody, BytesCountedAsHttpSaysThoughNotAscii) {
    EXPECT_EQ(silent(Method::put, kKorean.size(), kKorean), kKorean);
    EXPECT_EQ(silent(Method::put, kKorean.size(), kKorean + "GET"), kKorean);
    EXPECT_EQ(scanned(Method::put, kKorean.size(), kKorean + "GET / HTTP/1.1\r\n\r\n"), kKorean);
    // Not more bytes than four above the characters: no reading but this one has an id.
    const std::string umlaut = user_body("a", "bü", "12345");
    EXPECT_EQ(scanned(Method::put, umlaut.size(), umlaut), umlaut);
}

TEST(ClassicBody, TheBlankLineCountedInBytesThoughNotAscii) {
    const std::size_t counted = kKorean.size() + 4;
    EXPECT_EQ(silent(Method::put, counted, kKorean), kKorean);
    EXPECT_EQ(silent(Method::put, counted, kKorean + "POST"), kKorean);
    EXPECT_EQ(scanned(Method::put, counted, kKorean + "POST / HTTP/1.1\r\n"), kKorean);
    // The characters' end lies between the bytes' two.
    const std::string umlaut = user_body("a", "bü", "1");
    EXPECT_EQ(scanned(Method::put, umlaut.size() + 4, umlaut + "HEAD"), "more");
    EXPECT_EQ(scanned(Method::put, umlaut.size() + 4, umlaut + "HEAD "), umlaut);
}

TEST(ClassicBody, APasswordCannotBeginARequest) {
    // Somebody else's password in the documented client: the count of bytes would end the body
    // just before the request in it.
    const std::string evil = "PUT / HTTP/1.1\r\nContent-Length:14\r\n\r\nuser:x,y,1";
    for (const Method method : {Method::post, Method::put}) {
        const std::string option = method == Method::post ? "login" : "1";
        std::string wide;
        for (std::size_t more_bytes = 0; more_bytes < 80; ++more_bytes, wide += "ü") {
            const std::string body = user_body("a", wide + "," + option + evil, option);
            const std::size_t counted = body.size() - more_bytes + 4;
            // Four more bytes than characters: the count is that of the bytes too.
            if (more_bytes != 4) {
                EXPECT_EQ(silent(method, counted, body), body) << more_bytes;
            }
            EXPECT_EQ(scanned(method, counted, body + "GET "), body) << more_bytes;
        }
    }
}

TEST(ClassicBody, TheEndTakesWhatSilenceTakes) {
    EXPECT_EQ(ended(Method::post, 18, "user:a,b,login"), "user:a,b,login");
    EXPECT_EQ(ended(Method::put, kKoreanCharacters + 4, kKorean), kKorean);
    EXPECT_EQ(ended(Method::post, 19, "user:a,b,login"), "more");
    EXPECT_EQ(ended(Method::put, kKoreanCharacters + 4, kKorean.substr(0, 29)), "more");
}

TEST(ClassicBody, TheEndTakesWhatCannotBeMendedAnyMore) {
    EXPECT_EQ(ended(Method::post, 14, "user:a,b,l"), "user:a,b,l");
    EXPECT_EQ(ended(Method::post, 12, "user:a,b"), "user:a,b");
}

TEST(ClassicBody, HasALimitWhereItsEndIsNotKnown) {
    const std::string tail(4 * kMax, 'x');
    EXPECT_EQ(scanned(Method::post, kMax, "user:비밀번호" + tail), "too large");
    std::string wide = "user:";
    while (wide.size() < kMax)
        wide += "비";
    EXPECT_EQ(scanned(Method::post, kMax, wide), "too large");
}

TEST(ClassicBody, WhatIsNoUtf8HasAnEndToo) {
    const std::string bytes = "user:a,\x80\xFF\xC3,login";
    EXPECT_EQ(scanned(Method::post, bytes.size(), bytes), bytes);
    EXPECT_EQ(silent(Method::put, 11 + 4, "user:a,비밀,\xF0"), "user:a,비밀,\xF0");
    EXPECT_EQ(scanned(Method::put, 11 + 4, "user:a,비밀,\xF0GET "), "user:a,비밀,\xF0");
    EXPECT_EQ(scanned(Method::post, 4, "\x80\x80\x80\x80\x80"), "\x80\x80\x80\x80");
}

}  // namespace
}  // namespace roster::protocol::classic
