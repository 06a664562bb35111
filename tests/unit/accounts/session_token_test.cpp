#include "accounts/session_token.hpp"

#include <gtest/gtest.h>

#include <sodium.h>

#include <set>
#include <string>

namespace roster::accounts {
namespace {

class SessionToken : public ::testing::Test {
  protected:
    SessionToken() { EXPECT_GE(sodium_init(), 0); }
};

TEST_F(SessionToken, HasAPrefixAnd256Bits) {
    const Secret token = new_session_token();
    EXPECT_TRUE(token.reveal().starts_with("roster_"));
    EXPECT_EQ(token.size_bytes(), 7U + 43U);
    EXPECT_EQ(
        token.reveal().find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                         "0123456789-_"),
        std::string_view::npos);
}

TEST_F(SessionToken, IsNeverTheSame) {
    std::set<std::string> tokens;
    std::set<SessionDigest> digests;
    for (int i = 0; i < 1000; ++i) {
        const Secret token = new_session_token();
        tokens.emplace(token.reveal());
        digests.insert(*digest_of_token(token.reveal()));
    }
    EXPECT_EQ(tokens.size(), 1000U);
    EXPECT_EQ(digests.size(), 1000U);
}

TEST_F(SessionToken, ItsDigestIsThatOfTheWholeText) {
    const std::string text = "roster_" + std::string(43, 'A');
    const auto digest = digest_of_token(text);
    ASSERT_TRUE(digest);
    // printf 'roster_AAA…' | sha256sum
    SessionDigest expected;
    crypto_hash_sha256(expected.data(), reinterpret_cast<const unsigned char*>(text.data()),
                       text.size());
    EXPECT_EQ(*digest, expected);
}

TEST_F(SessionToken, WhatCannotBeOneHasNoDigest) {
    const std::string token(new_session_token().reveal());
    for (const std::string& text :
         {std::string(), std::string("roster_"), token.substr(1), token + "A",
          "Roster_" + token.substr(7), std::string(1'000'000, 'a')})
        EXPECT_FALSE(digest_of_token(text)) << text.substr(0, 60);
}

}  // namespace
}  // namespace roster::accounts
