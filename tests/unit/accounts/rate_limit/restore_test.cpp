#include "unit/accounts/rate_limit/fixture.hpp"

#include <string>
#include <vector>

namespace roster::accounts {
namespace {

class ThrottleRestore : public ThrottleTest {
  protected:
    void use_up_strangers() {
        for (std::uint32_t i = 0; i < 80; ++i)
            ASSERT_EQ(guess({kOwner, stranger(i)}), 0s);
    }
};

TEST_F(ThrottleRestore, GoesOnWhereItWas) {
    fail(from("192.0.2.1"), 10);
    pass(3s);
    EXPECT_TRUE(restart().changes.empty());
    EXPECT_EQ(wait(from("192.0.2.1")), 13s);
    pass(13s);
    EXPECT_EQ(guess(from("192.0.2.1")), 0s);
    EXPECT_EQ(wait(from("192.0.2.1")), 32s);
}

TEST_F(ThrottleRestore, CountsTheTimeItWasDown) {
    fail(from("192.0.2.1"), 16);
    wall_ += 890s;
    restart();
    EXPECT_EQ(wait(from("192.0.2.1")), 10s);
}

TEST_F(ThrottleRestore, RemembersAccountsSignUpsAndKnownNetworks) {
    log_in(from("192.0.2.1"));
    use_up_strangers();
    for (int i = 0; i < 20; ++i)
        sign_up("2001:db8::1");
    pass(10min);
    EXPECT_TRUE(restart().changes.empty());
    EXPECT_EQ(wait({kOwner, stranger(80)}), 55min);
    EXPECT_EQ(wait(from("192.0.2.1")), 0s);
    EXPECT_EQ(sign_up("2001:db8::1"), 55min);
    pass(55min);
    EXPECT_EQ(wait({kOwner, stranger(80)}), 0s);
    EXPECT_EQ(sign_up("2001:db8::1"), 0s);
}

TEST_F(ThrottleRestore, SetsNobodyFreeByKillingBetweenGuesses) {
    int verified = 0;
    const Instant end = wall_ + 1h;
    while (wall_ < end) {
        if (guess(from("192.0.2.1")) == 0s) ++verified;
        restart();
        pass(1s);
    }
    EXPECT_EQ(verified, 18);
}

TEST_F(ThrottleRestore, TakesAClockSetBackForNoTimeAtAll) {
    fail(from("192.0.2.1"), 20);
    wall_ -= 100 * 24h;
    EXPECT_FALSE(restart().changes.empty());
    EXPECT_EQ(wait(from("192.0.2.1")), 900s);
    EXPECT_TRUE(restart().changes.empty());
    pass(900s);
    EXPECT_EQ(guess(from("192.0.2.1")), 0s);
    EXPECT_EQ(wait(from("192.0.2.1")), 900s);
}

TEST_F(ThrottleRestore, LocksNoAccountForLongWhenTheClockWasSetBack) {
    use_up_strangers();
    wall_ -= 100 * 24h;
    restart();
    const auto left = wait({kOwner, stranger(80)});
    EXPECT_GT(left, 0s);
    EXPECT_LE(left, 900s);
    pass(left);
    EXPECT_EQ(wait({kOwner, stranger(80)}), 0s);
}

TEST_F(ThrottleRestore, KeepsTheHourWhenTheClockWasSetBackByMinutes) {
    use_up_strangers();
    wall_ -= 2min;
    restart();
    EXPECT_GE(wait({kOwner, stranger(80)}), 1h);
    EXPECT_LE(wait({kOwner, stranger(80)}), 65min);
}

TEST_F(ThrottleRestore, SetsNobodyFreeWhenTheClockJumpedAhead) {
    fail(from("192.0.2.1", AccountKey::user(3)), 20);
    use_up_strangers();
    wall_ += 1000 * 24h;
    EXPECT_FALSE(restart().changes.empty());
    EXPECT_EQ(guess(from("192.0.2.1", AccountKey::user(3))), 0s);
    EXPECT_EQ(guess(from("192.0.2.1", AccountKey::user(3))), 900s);
    const auto left = wait({kOwner, stranger(80)});
    EXPECT_GT(left, 0s);
    EXPECT_LE(left, 900s);
    pass(left);
    EXPECT_EQ(wait({kOwner, stranger(80)}), 0s);
}

TEST_F(ThrottleRestore, LeavesOneTryToWhoComesBackLate) {
    fail(from("127.0.0.1"), 20);
    wall_ += 24h;
    restart();
    EXPECT_EQ(guess(from("127.0.0.1")), 0s);
    EXPECT_EQ(wait(from("127.0.0.1")), 900s);
}

TEST_F(ThrottleRestore, BringsBackWhatIsOverOnlyOnce) {
    fail(from("127.0.0.1"), 20);
    sign_up("192.0.2.1");
    wall_ += 24h;
    restart();
    EXPECT_EQ(kept("guesser account:17 127.0.0.1").find("failures=20 "), 0U);
    EXPECT_NE(kept("guesser account:17 127.0.0.1").find(" late"), std::string::npos);
    pass(900s);
    EXPECT_EQ(guess(from("127.0.0.1", AccountKey::user(3))), 0s);
    wall_ += 24h;
    restart();
    EXPECT_EQ(kept("guesser account:17 127.0.0.1"), "");
    EXPECT_EQ(kept("guesses account:17"), "");
    EXPECT_EQ(kept("sign-ups 192.0.2.1"), "");
    EXPECT_NE(kept("guesser account:3 127.0.0.1"), "");
}

TEST_F(ThrottleRestore, KeepsNoRecordPastItsMeaning) {
    fail(from("192.0.2.1"), 6);
    const std::chrono::sys_seconds now = std::chrono::floor<std::chrono::seconds>(wall_);
    EXPECT_EQ(kept_["guesser account:17 192.0.2.1"].until, now + 1h + 24h);
    EXPECT_EQ(kept_["guesses account:17"].until, now + 65min + 24h);
    log_in(from("192.0.2.2"));
    EXPECT_EQ(kept_["known account:17"].until, now + 30 * 24h + 24h);
}

TEST_F(ThrottleRestore, LetsTheLastRecordOfAKeyCount) {
    const LimiterRecord five("guesser account:17 127.0.0.1", "failures=5 last=2026-11-22T09:00:00Z",
                             {});
    const LimiterRecord six("guesser account:17 127.0.0.1", "failures=6 last=2026-11-22T09:00:00Z",
                            {});
    const LimiterRecord none("guesser account:17 127.0.0.1", "", {});
    limiter_->restore({five, six});
    EXPECT_EQ(wait(from("127.0.0.1")), 1s);
    limiter_->restore({six, five});
    EXPECT_EQ(wait(from("127.0.0.1")), 0s);
    limiter_->restore({five, six, none});
    EXPECT_EQ(limiter_->size(), 0U);
}

TEST_F(ThrottleRestore, IgnoresWhatItCannotRead) {
    LimiterRecords records;
    for (const char* key :
         {"", " ", "guesser", "guesser ", "guesser account:17", "guesses account:x",
          "network 192.0.2", "sign-ups", "known 17", "something account:17"}) {
        records.push_back({key, "failures=6 last=2026-11-22T09:00:00Z", {}});
    }
    records.push_back({"guesser account:17 127.0.0.1", "failures=six", {}});
    const auto restored = limiter_->restore(records);
    EXPECT_EQ(restored.ignored, records.size());
    EXPECT_TRUE(restored.changes.empty());
    EXPECT_EQ(limiter_->size(), 0U);
}

TEST_F(ThrottleRestore, StaysWithinItsCapacity) {
    limits_.entries = 100;
    start();
    LimiterRecords records;
    for (std::uint32_t i = 0; i < 1000; ++i) {
        records.push_back(
            {"network " + stranger(i).to_string(), "failures=1 last=2026-11-22T09:00:00Z", {}});
    }
    records.push_back({"network 192.0.2.1", "failures=20 last=2026-11-22T09:00:00Z", {}});
    const auto restored = limiter_->restore(records);
    EXPECT_EQ(limiter_->size(), 100U);
    EXPECT_EQ(restored.changes.size(), 901U);
    EXPECT_EQ(wait(from("192.0.2.1")), 900s);
}

// Two throttles live through the same history; one of them is killed after every step.
TEST_F(ThrottleRestore, MakesNoDifferenceInAnyHistory) {
    for (unsigned seed = 0; seed < 20; ++seed) {
        Dice dice(seed);
        kept_.clear();
        start();
        Clock clock = this->clock();
        const auto steady_start = std::chrono::steady_clock::time_point{};
        std::chrono::milliseconds lived{};
        clock.steady = [&] { return steady_start + lived; };
        RateLimiter unbroken(limits_, clock);
        // Within an hour nothing is over, so nothing can come back late.
        while (lived < 59min) {
            const AttemptKey attempt(
                AccountKey::user(1 + dice.below(3)),
                dice.below(3) == 0 ? address("127.0.0.1") : stranger(dice.below(40)),
                dice.below(10) == 0 ? 1 + dice.below(2) : 0);
            auto expected = unbroken.begin(attempt);
            auto got = limiter_->begin(attempt);
            ASSERT_EQ(bool(expected), bool(got)) << "seed " << seed;
            if (!got) {
                ASSERT_EQ(expected.refusal().wait, got.refusal().wait) << "seed " << seed;
                ASSERT_EQ(expected.refusal().used_up, got.refusal().used_up);
            } else if (dice.below(8) == 0) {
                ASSERT_EQ(expected.ticket().succeeded().size(), [&] {
                    const LimiterRecords changes = got.ticket().succeeded();
                    keep(changes);
                    return changes.size();
                }());
            } else {
                const LimiterRecords changes = got.ticket().failed();
                ASSERT_EQ(expected.ticket().failed(), changes) << "seed " << seed;
                keep(changes);
            }
            got = LogInGuard();
            ASSERT_TRUE(restart().changes.empty());
            const std::chrono::seconds time(dice.below(10) == 0 ? dice.below(60) : dice.below(2));
            pass(time);
            lived += time;
        }
    }
}

}  // namespace
}  // namespace roster::accounts
