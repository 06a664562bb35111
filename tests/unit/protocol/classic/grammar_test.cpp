#include "protocol/classic/grammar.hpp"

#include "support/classic_requests.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace roster::protocol::classic {
namespace {

std::string decoded(Method method, std::string_view body) {
    return std::visit(Describe{}, decode_message(method, body));
}

std::string refusal_text(Method method, std::string_view body) {
    return std::get<ProtocolError>(decode_message(method, body)).text;
}

TEST(ClassicGrammar, ReadsTheThreeParts) {
    EXPECT_EQ(decoded(Method::post, "user:a@a.com,pw,signup"), "sign up a@a.com|pw");
    EXPECT_EQ(decoded(Method::post, "user:a@a.com,pw,login"), "log in a@a.com|pw");
    EXPECT_EQ(decoded(Method::put, "user:a@a.com,pw,4"), "modify 4 a@a.com|pw");
    EXPECT_EQ(decoded(Method::put, "user:m@m.com,비밀번호,0012"), "modify 12 m@m.com|비밀번호");
}

TEST(ClassicGrammar, APasswordMayHoldCommas) {
    EXPECT_EQ(decoded(Method::post, "user:a,p,q,,r,login"), "log in a|p,q,,r");
    EXPECT_EQ(decoded(Method::post, "user:a,login,signup"), "sign up a|login");
}

TEST(ClassicGrammar, WhatIsEmptyIsLeftToTheRules) {
    EXPECT_EQ(decoded(Method::post, "user:,,login"), "log in |");
}

TEST(ClassicGrammar, LineEndsBehindTheBodyAreNotOfIt) {
    EXPECT_EQ(decoded(Method::post, "user:a,b,login\r\n"), "log in a|b");
    EXPECT_EQ(decoded(Method::put, "user:a,b,7\n\n"), "modify 7 a|b");
}

TEST(ClassicGrammar, MethodsWithoutABodyIgnoreIt) {
    EXPECT_EQ(decoded(Method::get, "user:a,b,login"), "view");
    EXPECT_EQ(decoded(Method::head, ""), "status");
    EXPECT_EQ(decoded(Method::other, "user:a,b,login"), "405");
}

TEST(ClassicGrammar, SaysWhatIsWrong) {
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

TEST(ClassicGrammar, AnIdHasSixtyFourBits) {
    EXPECT_EQ(decoded(Method::put, "user:a,b,18446744073709551615"),
              "modify 18446744073709551615 a|b");
    EXPECT_THAT(refusal_text(Method::put, "user:a,b,18446744073709551616"),
                testing::HasSubstr("too large"));
}

TEST(ClassicGrammar, ARefusalNeverRepeatsWhatWasSent) {
    for (const Method method : {Method::post, Method::put, Method::other}) {
        for (const std::string_view body : {"hunter2", "user:hunter2", "user:a,hunter2,hunter2"})
            EXPECT_THAT(refusal_text(method, body), testing::Not(testing::HasSubstr("hunter2")));
    }
}

TEST(ClassicGrammar, KnowsWhatAnOptionLacks) {
    EXPECT_TRUE(lacks("user:a,b,l", 4));
    EXPECT_TRUE(lacks("user:a,b,si", 4));
    EXPECT_TRUE(lacks("user:a,b,signu", 1));
    EXPECT_FALSE(lacks("user:a,b,l", 3));
    EXPECT_FALSE(lacks("user:a,b,xx", 4));
    EXPECT_FALSE(lacks("user:a,b,login", 0));
}

}  // namespace
}  // namespace roster::protocol::classic
