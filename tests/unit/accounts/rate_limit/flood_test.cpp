#include "unit/accounts/rate_limit/fixture.hpp"

#include <string>
#include <vector>

namespace roster::accounts {
namespace {

class ThrottleFlood : public ThrottleTest {
  protected:
    ThrottleFlood() {
        limits_.entries = 4096;
        limits_.known_accounts = 1024;
        start();
    }

    // One guess from each of so many networks, each at an e-mail of its own.
    void flood(std::uint32_t guesses) {
        for (std::uint32_t i = 0; i < guesses; ++i) {
            auto admission =
                limiter_->begin({AccountKey::user(1'000'000 + next_), stranger(1'000'000 + next_)});
            ASSERT_TRUE(admission);
            keep(admission.ticket().failed());
            ++next_;
        }
    }

    std::uint32_t next_ = 0;
};

TEST_F(ThrottleFlood, KeepsMemoryAndStoreWithinBounds) {
    flood(60'000);
    EXPECT_EQ(limiter_->size(), 3 * limits_.entries);
    EXPECT_EQ(kept_.size(), 3 * limits_.entries);
}

TEST_F(ThrottleFlood, LeavesPenaltiesInPlace) {
    fail(from("192.0.2.1"), 12);
    for (std::uint32_t i = 0; i < 60; ++i)
        guess({kOwner, stranger(i)});
    flood(60'000);
    EXPECT_EQ(wait(from("192.0.2.1")), 64s);
    restart();
    EXPECT_EQ(wait(from("192.0.2.1")), 64s);
    int left = 0;
    for (std::uint32_t i = 100; guess({kOwner, stranger(i)}) == 0s; ++i)
        ++left;
    EXPECT_EQ(left, 80 - 12 - 60);
}

TEST_F(ThrottleFlood, LeavesManyPenaltiesInPlace) {
    constexpr std::uint32_t kPenalties = 1000;
    for (std::uint32_t i = 0; i < kPenalties; ++i) {
        for (int failure = 0; failure < 6; ++failure)
            ASSERT_EQ(guess({AccountKey::user(i), stranger(i)}), 0s);
    }
    flood(60'000);
    std::uint32_t survived = 0;
    for (std::uint32_t i = 0; i < kPenalties; ++i)
        survived += wait({AccountKey::user(i), stranger(i)}) == 1s ? 1 : 0;
    EXPECT_EQ(survived, kPenalties);
}

TEST_F(ThrottleFlood, LeavesAttemptsUnderWayInPlace) {
    auto under_way = limiter_->begin(from("192.0.2.1"));
    flood(20'000);
    const LimiterRecords changes = under_way.ticket().failed();
    ASSERT_GE(changes.size(), 3U);
    EXPECT_EQ(changes[0].key, "guesser account:17 192.0.2.1");
}

TEST_F(ThrottleFlood, OfRefusedAttemptsLeavesNoTrace) {
    fail(from("192.0.2.1"), 16);
    const std::size_t before = limiter_->size();
    for (UserId id = 100; id < 100'000; ++id)
        ASSERT_NE(wait(from("192.0.2.1", AccountKey::user(id))), 0s);
    EXPECT_EQ(limiter_->size(), before);
}

TEST_F(ThrottleFlood, OfGuessesMakesNoKnownNetworkUnknown) {
    log_in(from("192.0.2.1"));
    flood(20'000);
    for (std::uint32_t i = 0; i < 80; ++i)
        guess({kOwner, stranger(i)});
    EXPECT_GT(wait({kOwner, stranger(80)}), 0s);
    EXPECT_EQ(wait(from("192.0.2.1")), 0s);
}

TEST_F(ThrottleFlood, KeepsInTheStoreExactlyWhatIsInMemory) {
    limits_.entries = limits_.known_accounts = 32;
    start();
    Dice dice(1);
    for (int round = 0; round < 5000; ++round) {
        std::vector<Admission<LogInGuard>> under_way;
        for (int i = 0; i < 4; ++i) {
            under_way.push_back(
                limiter_->begin({AccountKey::user(1 + dice.below(60)), stranger(dice.below(60))}));
        }
        for (auto& admission : under_way) {
            if (!admission || dice.below(4) == 0) continue;
            const bool is_right = dice.below(4) == 0;
            keep(is_right ? admission.ticket().succeeded() : admission.ticket().failed());
        }
        under_way.clear();
        pass(std::chrono::milliseconds(dice.below(100'000)));
        keep(limiter_->make_known(kOwner, stranger(1)));
        ASSERT_EQ(limiter_->size(), kept_.size()) << round;
    }
    const std::size_t before = limiter_->size();
    restart();
    EXPECT_LE(limiter_->size(), before);
}

TEST_F(ThrottleFlood, OfAnyLengthGrowsNoFurther) {
    for (std::uint32_t i = 0; i < 250'000; ++i) {
        auto admission = limiter_->begin({AccountKey::user(i), stranger(i)});
        ASSERT_TRUE(admission);
        admission.ticket().failed();
        ASSERT_LE(limiter_->size(), 3 * limits_.entries);
    }
}

TEST_F(ThrottleFlood, OfSignUpsLeavesThoseUsedUpInPlace) {
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(sign_up("192.0.2.1"), 0s);
    for (std::uint32_t i = 0; i < 60'000; ++i)
        sign_up(stranger(i).to_string());
    EXPECT_EQ(limiter_->size(), limits_.entries);
    EXPECT_EQ(kept_.size(), limits_.entries);
    EXPECT_EQ(sign_up("192.0.2.1"), 65min);
}

}  // namespace
}  // namespace roster::accounts
