#include "accounts/rate_limit/keys.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace roster::accounts {
namespace {

IpNetwork network(std::string_view text) {
    return IpNetwork(boost::asio::ip::make_address(std::string(text)));
}

TEST(ThrottleKeys, NameAUserByIdAndAnyEmailByDigest) {
    EXPECT_EQ(AccountKey::user(17).text(), "account:17");
    const std::string text = AccountKey::email("nobody@example.org").text();
    EXPECT_EQ(text.size(), std::string_view("email:0123456789abcdef").size());
    EXPECT_EQ(text.find("nobody"), std::string::npos);
}

TEST(ThrottleKeys, FoldEmails) {
    EXPECT_EQ(AccountKey::email("A@B.example"), AccountKey::email("a@b.example"));
    EXPECT_NE(AccountKey::email("a@b.example"), AccountKey::email("a@c.example"));
    EXPECT_NE(AccountKey::email("a@b.example"), AccountKey::email(""));
}

TEST(ThrottleKeys, ComeBackFromTheirText) {
    for (const AccountKey account :
         {AccountKey::user(1), AccountKey::user(~0ULL), AccountKey::email("a@b.example")}) {
        EXPECT_EQ(AccountKey::parse(account.text()), account);
        for (const GuesserKey& guesser :
             {GuesserKey{account, network("192.0.2.1")}, GuesserKey{account, network("::1")},
              GuesserKey{account, network("2001:db8::1")}, GuesserKey{account, SessionId{5}}}) {
            EXPECT_EQ(GuesserKey::parse(guesser.text()), guesser) << guesser.text();
        }
    }
}

TEST(ThrottleKeys, TakeNoOtherText) {
    for (const std::string_view text :
         {"", "account:", "account:x", "account:-1", "account:1 ", "account:99999999999999999999",
          "email:12", "email:0123456789abcdeg", "17"}) {
        EXPECT_FALSE(AccountKey::parse(text)) << text;
        EXPECT_FALSE(GuesserKey::parse(std::string(text) + " 192.0.2.1")) << text;
    }
    EXPECT_FALSE(GuesserKey::parse("account:1"));
    EXPECT_FALSE(GuesserKey::parse("account:1 session:"));
    EXPECT_FALSE(GuesserKey::parse("account:1 somewhere"));
}

TEST(ThrottleKeys, HashDifferentlyInEveryTable) {
    const KeyHash one;
    const KeyHash other;
    EXPECT_EQ(one(AccountKey::user(1)), one(AccountKey::user(1)));
    EXPECT_NE(one(AccountKey::user(1)), one(AccountKey::user(2)));
    EXPECT_NE(one(AccountKey::user(1)), other(AccountKey::user(1)));
}

}  // namespace
}  // namespace roster::accounts
