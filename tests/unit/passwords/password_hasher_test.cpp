#include "passwords/password_hasher.hpp"

#include "support/await.hpp"
#include "support/password_hashes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace roster::passwords {
namespace {

using testing::await;

constexpr HashCost kCheap{8, 1};

Verdict verdict_of(PasswordHasher& hasher, const Secret& phc, std::string_view password) {
    return await(hasher.verify(phc, Secret(password))).value();
}

TEST(PasswordHasher, HashesArePhcStringsOfTheCost) {
    const auto hash = hash_password(Secret("secret"), HashCost{16, 3}).value();
    EXPECT_TRUE(hash.reveal().starts_with("$argon2id$v=19$m=16,t=3,p=1$"));
    EXPECT_EQ(hash.reveal().find("secret"), std::string_view::npos);
}

TEST(PasswordHasher, TheDefaultCostIsTheRecommendedOne) {
    const auto hash = hash_password(Secret("secret")).value();
    EXPECT_TRUE(hash.reveal().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
}

TEST(PasswordHasher, EveryHashHasItsOwnSalt) {
    PasswordHasher hasher(1, 1, kCheap);
    const auto a = await(hasher.hash(Secret("same")));
    const auto b = await(hasher.hash(Secret("same")));
    EXPECT_NE(a.value().reveal(), b.value().reveal());
}

TEST(PasswordHasher, AcceptsTheRightPasswordOnly) {
    PasswordHasher hasher(1, 1, kCheap);
    const std::string_view password("pass\0word", 9);
    const auto phc = await(hasher.hash(Secret(password))).value();
    EXPECT_TRUE(verdict_of(hasher, phc, password).matches);
    EXPECT_FALSE(verdict_of(hasher, phc, password).outdated);
    for (const std::string_view wrong : {"pass", "", "password", "Pass\0word"})
        EXPECT_FALSE(verdict_of(hasher, phc, wrong).matches) << wrong;
}

TEST(PasswordHasher, ALowerCostIsOutdatedAndAHigherOneIsNot) {
    PasswordHasher hasher(1, 1, HashCost{64, 2});
    for (const HashCost weaker : {HashCost{64, 1}, HashCost{32, 2}, HashCost{8, 8}}) {
        const auto phc = hash_password(Secret("right"), weaker).value();
        EXPECT_TRUE(verdict_of(hasher, phc, "right").matches);
        EXPECT_TRUE(verdict_of(hasher, phc, "right").outdated);
        EXPECT_FALSE(verdict_of(hasher, phc, "wrong").outdated);
    }
    for (const HashCost other : {HashCost{64, 3}, HashCost{65, 2}, HashCost{128, 1}}) {
        const auto phc = hash_password(Secret("right"), other).value();
        EXPECT_TRUE(verdict_of(hasher, phc, "right").matches);
        EXPECT_FALSE(verdict_of(hasher, phc, "right").outdated);
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

TEST(PasswordHasher, MatchesNothingWithAHashThatCannotBeUsed) {
    PasswordHasher hasher(1, 1, kCheap);
    const std::string tail = ",p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNo";
    const std::string bcrypt = "abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2";
    for (const std::string& hash :
         {"$argon2id$v=19$m=1048577,t=1" + tail, "$argon2id$v=19$m=4294967295,t=1" + tail,
          "$argon2id$v=19$m=18446744073709551615,t=2" + tail, "$argon2id$v=19$m=1048576,t=2" + tail,
          "$argon2i$v=19$m=8,t=4294967295" + tail, "$2b$31$" + bcrypt,
          "$6$rounds=999999999$salt$" + std::string(86, 'a'),
          "$scrypt$ln=30,r=8,p=1$c2FsdHNhbHQ$" + std::string(43, 'A'), std::string("right"),
          std::string("*0"), std::string("$1$saltsalt$"),
          "$argon2id$v=19$m=8,t=1,p=1$" + std::string(5000, 'A')}) {
        const auto verdict = verdict_of(hasher, Secret(hash), "right");
        EXPECT_TRUE(verdict.unusable) << hash;
        EXPECT_FALSE(verdict.matches) << hash;
    }
}

TEST(PasswordHasher, HashesOfOtherSchemesAreOutdated) {
    PasswordHasher hasher(1, 1, HashCost{256, 2});
    const auto& ours = testing::kKnownHashes[0];
    EXPECT_FALSE(verdict_of(hasher, Secret(ours.hash), ours.password).outdated);
    for (const auto& other : {testing::kKnownHashes[1], testing::kKnownHashes[2]})
        EXPECT_TRUE(verdict_of(hasher, Secret(other.hash), other.password).outdated) << other.hash;
}

TEST(PasswordHasher, TakesNoCostThatCouldNotBeCheckedLater) {
    for (const HashCost cost :
         {HashCost{7, 1}, HashCost{8, 0}, HashCost{8, 101}, HashCost{1024 * 1024 + 1, 1},
          HashCost{1024 * 1024, 2}, HashCost{~std::size_t{0}, 2}}) {
        EXPECT_FALSE(is_bearable(cost)) << cost.memory_kib << " " << cost.passes;
        EXPECT_EQ(hash_password(Secret("secret"), cost).error(), Errc::invalid_request);
        EXPECT_THROW(PasswordHasher(1, 1, cost), StartupError);
    }
    EXPECT_TRUE(is_bearable(HashCost{1024 * 1024, 1}));
    EXPECT_TRUE(is_bearable(HashCost{8, 100}));
}

TEST(PasswordHasher, KnowsWhatIsHeavy) {
    const std::string argon2 = ",p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNo";
    const std::string bcrypt = "$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2";
    const std::string scrypt =
        "$MDEyMzQ1Njc4OWFiY2RlZg$OAkZqUBelG6VIYdTJfYSENL5OmZRxMa3GwXn5oFliTg";
    const std::string sha = "$saltstring$95Bg/RfV2QriLpMdLPHK9el0Ighm6E3CBqMKzZKgCa2";
    const auto is_it = [](const std::string& text) {
        const PasswordFormat format = read_password_format(text);
        EXPECT_TRUE(text.empty() || format.status == HashStatus::checkable) << text;
        return is_heavy(format, HashCost{});
    };
    for (const std::string& light :
         {std::string(), "$argon2id$v=19$m=65536,t=2" + argon2, "$argon2i$v=19$m=4096,t=3" + argon2,
          "$2b$12" + bcrypt, "$scrypt$ln=16,r=8,p=1" + scrypt, "$5$rounds=200000" + sha})
        EXPECT_FALSE(is_it(light)) << light;
    for (const std::string& heavy :
         {"$argon2id$v=19$m=1048576,t=1" + argon2, "$argon2id$v=19$m=65536,t=3" + argon2,
          "$2b$13" + bcrypt, "$scrypt$ln=18,r=8,p=1" + scrypt, "$5$rounds=200001" + sha})
        EXPECT_TRUE(is_it(heavy)) << heavy;
}

TEST(PasswordHasher, HeavyHashesTakeNobodysPlace) {
    PasswordHasher hasher(1, 100, kCheap);
    const auto heavy = hash_password(Secret("right"), HashCost{1024, 4}).value();
    ASSERT_TRUE(is_heavy(read_password_format(heavy.reveal()), kCheap));
    std::vector<boost::asio::awaitable<result<Verdict>>> operations;
    for (int i = 0; i < 20; ++i)
        operations.push_back(hasher.verify(heavy, Secret(i % 2 == 0 ? "right" : "wrong")));
    const auto verdicts = testing::await_all(std::move(operations));
    for (std::size_t i = 0; i < verdicts.size(); ++i)
        EXPECT_EQ(verdicts[i]->matches, i % 2 == 0);
}

TEST(PasswordHasher, RefusesWhatWouldWaitTooLong) {
    PasswordHasher hasher(1, 100, kCheap, std::chrono::milliseconds(0));
    std::vector<boost::asio::awaitable<result<Secret>>> operations;
    for (int i = 0; i < 3; ++i)
        operations.push_back(hasher.hash(Secret("same")));
    const auto hashes = testing::await_all(std::move(operations));
    EXPECT_TRUE(hashes[0]);
    EXPECT_EQ(hasher.jobs(), static_cast<std::uint64_t>(
                                 std::count_if(hashes.begin(), hashes.end(),
                                               [](const auto& hash) { return hash.has_value(); })));
}

}  // namespace
}  // namespace roster::passwords
