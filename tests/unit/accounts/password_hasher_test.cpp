#include "accounts/password_hasher.hpp"

#include "support/await.hpp"

#include <gtest/gtest.h>

#include <string>

namespace roster::accounts {
namespace {

using testing::await;

constexpr HashCost kCheap{8, 1};

Verdict verdict_of(PasswordHasher& hasher, const Secret& phc, std::string_view password) {
    return await(hasher.verify(phc, Secret(password))).value();
}

TEST(PasswordHasher, ItsHashesArePhcStringsOfItsCost) {
    const auto hash = hash_password(Secret("secret"), HashCost{16, 3}).value();
    EXPECT_TRUE(hash.reveal().starts_with("$argon2id$v=19$m=16,t=3,p=1$"));
    EXPECT_EQ(hash.reveal().find("secret"), std::string_view::npos);
}

TEST(PasswordHasher, TheCostIsTodaysAdvice) {
    const auto hash = hash_password(Secret("secret")).value();
    EXPECT_TRUE(hash.reveal().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
}

TEST(PasswordHasher, OneSaltEach) {
    PasswordHasher hasher(1, 1, kCheap);
    const auto a = await(hasher.hash(Secret("same")));
    const auto b = await(hasher.hash(Secret("same")));
    EXPECT_NE(a.value().reveal(), b.value().reveal());
}

TEST(PasswordHasher, TellsTheRightPasswordFromWrongOnes) {
    PasswordHasher hasher(1, 1, kCheap);
    const std::string_view password("pass\0word", 9);
    const auto phc = await(hasher.hash(Secret(password))).value();
    EXPECT_TRUE(verdict_of(hasher, phc, password).matches);
    EXPECT_FALSE(verdict_of(hasher, phc, password).outdated);
    for (const std::string_view wrong : {"pass", "", "password", "Pass\0word"})
        EXPECT_FALSE(verdict_of(hasher, phc, wrong).matches) << wrong;
}

TEST(PasswordHasher, AnotherCostIsOutdated) {
    PasswordHasher hasher(1, 1, kCheap);
    for (const HashCost other : {HashCost{16, 1}, HashCost{8, 2}}) {
        const auto phc = hash_password(Secret("right"), other).value();
        EXPECT_TRUE(verdict_of(hasher, phc, "right").matches);
        EXPECT_TRUE(verdict_of(hasher, phc, "right").outdated);
        EXPECT_FALSE(verdict_of(hasher, phc, "wrong").outdated);
    }
}

TEST(PasswordHasher, NoHashMatchesNothingAndCostsOneJob) {
    PasswordHasher hasher(1, 1, kCheap);
    // "nobody" is what the hash it compares with instead is made of.
    for (const std::string_view password : {"", "nobody", "anything"}) {
        const auto before = hasher.jobs();
        const auto verdict = verdict_of(hasher, Secret(), password);
        EXPECT_FALSE(verdict.matches);
        EXPECT_FALSE(verdict.unusable);
        EXPECT_EQ(hasher.jobs(), before + 1);
    }
}

TEST(PasswordHasher, RefusesHashesThatWouldEatTheMachine) {
    PasswordHasher hasher(1, 1, kCheap);
    const std::string tail = ",p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNo";
    for (const std::string_view cost :
         {"m=1048577,t=1", "m=4294967295,t=1", "m=18446744073709551615,t=2", "m=1048576,t=17",
          "m=8,t=4294967295", "m=99999999999999999999,t=1"}) {
        const Secret phc("$argon2id$v=19$" + std::string(cost) + tail);
        const auto verdict = verdict_of(hasher, phc, "right");
        EXPECT_TRUE(verdict.unusable) << cost;
        EXPECT_FALSE(verdict.matches) << cost;
    }
}

TEST(PasswordHasher, RefusesWhatIsNoHash) {
    PasswordHasher hasher(1, 1, kCheap);
    for (const std::string& text :
         {std::string("plain"), std::string("$2b$12$abcdefghijklmnopqrstuv"),
          std::string("$argon2id$v=19$m=8,t=1,p=1"),
          "$argon2id$v=19$m=8,t=1,p=1$" + std::string(5000, 'A')}) {
        const auto verdict = verdict_of(hasher, Secret(text), text);
        EXPECT_TRUE(verdict.unusable) << text;
        EXPECT_FALSE(verdict.matches) << text;
    }
}

TEST(PasswordHasher, ReadsTheCostOfAHash) {
    const auto cost = cost_of("$argon2i$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA");
    ASSERT_TRUE(cost);
    EXPECT_EQ(cost->memory_kib, 65536U);
    EXPECT_EQ(cost->passes, 3U);
    for (const std::string_view bad :
         {"", "$argon2id$", "$argon2d$v=19$m=8,t=1,p=1$a$b", "$argon2id$v=19$m=-8,t=1,p=1$a$b",
          "$argon2id$v=19$t=1,m=8,p=1$a$b"})
        EXPECT_FALSE(cost_of(bad)) << bad;
}

}  // namespace
}  // namespace roster::accounts
