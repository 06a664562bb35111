#include "unit/accounts/rate_limit/fixture.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace roster::accounts {
namespace {

class RateLimiterFlood : public RateLimiterTest {
  protected:
    RateLimiterFlood() {
        limits_.buckets = 4096;
        limits_.known_networks = 1024;
        start();
    }

    // One guess from each of so many networks, each at an e-mail of its own.
    void flood(std::uint32_t guesses) {
        for (std::uint32_t i = 0; i < guesses; ++i) {
            ASSERT_EQ(guess(at_user(1'000'000 + next_, stranger(1'000'000 + next_))), 0s);
            ++next_;
        }
    }

    std::uint32_t next_ = 0;
};

TEST_F(RateLimiterFlood, KeepsMemoryAndStoreWithinBounds) {
    flood(20'000);
    EXPECT_EQ(limiter_->size(), 3 * limits_.buckets);
    EXPECT_EQ(kept_.size(), 3 * limits_.buckets);
}

TEST_F(RateLimiterFlood, LeavesPenaltiesInPlace) {
    fail(from("192.0.2.1"), 12);
    for (std::uint32_t i = 0; i < 60; ++i)
        guess(at(stranger(i)));
    flood(20'000);
    EXPECT_EQ(wait(from("192.0.2.1")), 64s);
    restart();
    EXPECT_EQ(wait(from("192.0.2.1")), 64s);
    int left = 0;
    for (std::uint32_t i = 100; guess(at(stranger(i))) == 0s; ++i)
        ++left;
    EXPECT_EQ(left, 90 - 12 - 60);
}

TEST_F(RateLimiterFlood, LeavesManyPenaltiesInPlace) {
    constexpr std::uint32_t kPenalties = 2000;
    for (std::uint32_t i = 0; i < kPenalties; ++i) {
        for (int failure = 0; failure < 6; ++failure)
            ASSERT_EQ(guess(at_user(i, stranger(i))), 0s);
    }
    flood(20'000);
    for (std::uint32_t i = 0; i < kPenalties; ++i)
        ASSERT_EQ(wait(at_user(i, stranger(i))), 1s) << i;
}

TEST_F(RateLimiterFlood, OfPenaltiesEvictsTheOldest) {
    limits_.buckets = 100;
    start();
    for (std::uint32_t i = 0; i < 101; ++i)
        fail(at_user(i, address("127.0.0.1")), 6);
    EXPECT_EQ(limiter_->size(), 2 * limits_.buckets);
    EXPECT_FALSE(is_kept("guesser account:0 127.0.0.1"));
    EXPECT_GT(wait(at_user(100, address("127.0.0.1"))), 0s);
}

TEST_F(RateLimiterFlood, EvictsPenaltiesThatAreOverFirst) {
    limits_.buckets = 3;
    start();
    fail(at_user(1, address("127.0.0.1")), 6);
    pass(2h);
    fail(at_user(2, address("127.0.0.1")), 1);
    fail(at_user(3, address("127.0.0.1")), 1);
    fail(at_user(4, address("127.0.0.1")), 1);
    EXPECT_FALSE(is_kept("guesser account:1 127.0.0.1"));
    EXPECT_TRUE(is_kept("guesser account:2 127.0.0.1"));
}

TEST_F(RateLimiterFlood, LeavesAttemptsUnderWayInPlace) {
    Admission under_way = limiter_->begin(from("192.0.2.1"));
    flood(10'000);
    keep(under_way.end(Outcome::failed));
    EXPECT_TRUE(is_kept("guesser account:17 192.0.2.1"));
}

TEST_F(RateLimiterFlood, OfAttemptsUnderWayIsRefusedWhenAllBucketsAreInUse) {
    limits_.buckets = 2;
    start();
    const Admission one = limiter_->begin(at_user(1, stranger(1)));
    const Admission two = limiter_->begin(at_user(2, stranger(2)));
    EXPECT_EQ(wait(at_user(3, stranger(3))), 1s);
}

TEST_F(RateLimiterFlood, OfRefusedAttemptsLeavesNoTrace) {
    fail(from("192.0.2.1"), 16);
    const std::size_t before = limiter_->size();
    for (UserId id = 100; id < 20'000; ++id)
        ASSERT_NE(wait(from("192.0.2.1", account_key(id))), 0s);
    EXPECT_EQ(limiter_->size(), before);
}

TEST_F(RateLimiterFlood, OfGuessesMakesNoKnownNetworkUnknown) {
    log_in(from("192.0.2.1"));
    flood(10'000);
    for (std::uint32_t i = 0; i < 90; ++i)
        guess(at(stranger(i)));
    EXPECT_GT(wait(at(stranger(90))), 0s);
    EXPECT_EQ(wait(from("192.0.2.1")), 0s);
}

TEST_F(RateLimiterFlood, KeepsInTheStoreExactlyWhatIsInMemory) {
    limits_.buckets = limits_.known_networks = 32;
    start();
    Dice dice(1);
    for (int round = 0; round < 5000; ++round) {
        std::vector<Admission> under_way;
        for (int i = 0; i < 4; ++i)
            under_way.push_back(
                limiter_->begin(at_user(1 + dice.below(60), stranger(dice.below(60)))));
        for (Admission& admission : under_way) {
            if (!admission || dice.below(4) == 0) continue;
            if (dice.below(4) == 0)
                admission.end(Outcome::succeeded);
            else
                keep(admission.end(Outcome::failed));
        }
        under_way.clear();
        pass(std::chrono::milliseconds(dice.below(100'000)));
        limiter_->make_known(kOwnerId, 1, stranger(1));
        keep();
        ASSERT_EQ(limiter_->size(), kept_.size()) << round;
    }
    const std::size_t before = limiter_->size();
    restart();
    EXPECT_LE(limiter_->size(), before);
}

TEST_F(RateLimiterFlood, OfSignUpsLeavesThoseUsedUpInPlace) {
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(sign_up("192.0.2.1"), 0s);
    for (std::uint32_t i = 0; i < 10'000; ++i)
        sign_up(stranger(i).to_string());
    EXPECT_EQ(limiter_->size(), limits_.buckets);
    EXPECT_EQ(kept_.size(), limits_.buckets);
    EXPECT_EQ(sign_up("192.0.2.1"), 65min);
}

}  // namespace
}  // namespace roster::accounts
