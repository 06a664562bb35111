#include "unit/accounts/rate_limit/fixture.hpp"

#include <string>

namespace roster::accounts {
namespace {

class RateLimiterRestore : public RateLimiterTest {
  protected:
    void use_up_strangers() {
        for (std::uint32_t i = 0; i < 90; ++i)
            ASSERT_EQ(guess(at(stranger(i))), 0s);
    }
};

TEST_F(RateLimiterRestore, ContinuesWhereItWas) {
    fail(from("192.0.2.1"), 10);
    pass(3s);
    restart();
    EXPECT_EQ(wait(from("192.0.2.1")), 13s);
    pass(13s);
    EXPECT_EQ(guess(from("192.0.2.1")), 0s);
    EXPECT_EQ(wait(from("192.0.2.1")), 32s);
}

TEST_F(RateLimiterRestore, CountsTheTimeItWasDown) {
    fail(from("192.0.2.1"), 16);
    wall_ += 890s;
    restart();
    EXPECT_EQ(wait(from("192.0.2.1")), 10s);
}

TEST_F(RateLimiterRestore, RemembersAccountsSignUpsAndKnownNetworks) {
    log_in(from("192.0.2.1"));
    use_up_strangers();
    for (int i = 0; i < 20; ++i)
        sign_up("2001:db8::1");
    pass(10min);
    restart();
    EXPECT_EQ(wait(at(stranger(90))), 55min);
    EXPECT_EQ(wait(from("192.0.2.1")), 0s);
    EXPECT_EQ(sign_up("2001:db8::1"), 55min);
    pass(55min);
    EXPECT_EQ(wait(at(stranger(90))), 0s);
    EXPECT_EQ(sign_up("2001:db8::1"), 0s);
}

TEST_F(RateLimiterRestore, SetsNobodyFreeByKillingBetweenGuesses) {
    int verified = 0;
    const Instant end = wall_ + 1h;
    while (wall_ < end) {
        if (guess(from("192.0.2.1")) == 0s) ++verified;
        restart();
        pass(1s);
    }
    EXPECT_EQ(verified, 18);
}

TEST_F(RateLimiterRestore, TakesWhatLiesInTheFutureForWhatHasJustHappened) {
    log_in(from("192.0.2.1"));
    fail(from("127.0.0.1", account_key(3)), 20);
    use_up_strangers();
    wall_ -= 100 * 24h;
    restart();
    EXPECT_EQ(wait(from("127.0.0.1", account_key(3))), 900s);
    EXPECT_GE(wait(at(stranger(90))), 1h);
    EXPECT_LE(wait(at(stranger(90))), 65min);
    EXPECT_EQ(wait(from("192.0.2.1")), 0s);
    pass(10min);
    restart();
    EXPECT_EQ(wait(from("127.0.0.1", account_key(3))), 5min) << "once, not at every start";
    pass(30 * 24h);
    restart();
    EXPECT_EQ(limiter_->size(), 0U);
}

TEST_F(RateLimiterRestore, DropsWhatIsOver) {
    fail(from("192.0.2.1", account_key(3)), 20);
    use_up_strangers();
    wall_ += 66min;
    restart();
    EXPECT_EQ(limiter_->size(), 0U);
    EXPECT_EQ(wait(from("192.0.2.1", account_key(3))), 0s);
}

TEST_F(RateLimiterRestore, KeepsNoRecordPastItsMeaning) {
    fail(from("192.0.2.1"), 6);
    const std::chrono::sys_seconds now = std::chrono::floor<std::chrono::seconds>(wall_);
    EXPECT_EQ(kept_["guesser account:17 192.0.2.1"].until, now + 1h + 7 * 24h);
    EXPECT_EQ(kept_["guesses account:17"].until, now + 65min + 7 * 24h);
    log_in(from("192.0.2.2"));
    EXPECT_EQ(kept_["known account:17 192.0.2.2"].until, now + 30 * 24h + 7 * 24h);
}

TEST_F(RateLimiterRestore, LetsTheLastRecordOfAKeyCount) {
    const std::string last = std::to_string(wall_.time_since_epoch().count());
    const LimiterRecord five("guesser account:17 127.0.0.1", last + " 5 0", {});
    const LimiterRecord six("guesser account:17 127.0.0.1", last + " 6 0", {});
    const LimiterRecord dropped("guesser account:17 127.0.0.1", "", {});
    limiter_->restore({five, six});
    EXPECT_EQ(wait(from("127.0.0.1")), 1s);
    limiter_->restore({six, five});
    EXPECT_EQ(wait(from("127.0.0.1")), 0s);
    limiter_->restore({five, six, dropped});
    EXPECT_EQ(limiter_->size(), 0U);
}

TEST_F(RateLimiterRestore, DropsRecordsOfOtherVersionsAndCountsThem) {
    for (const char* key : {"guesser account:17 192.0.2.1", "known account:17", "something else"})
        kept_[key] = LimiterRecord(key, "failures=6 last=2026-11-22T09:00:00Z", {});
    for (const char* state : {"x", "1 2", "1 2 3 x", "1 2  3", "-1 2 3", "999999999999999999 1 0",
                              "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17"})
        kept_[std::string("network 192.0.2.") + state] =
            LimiterRecord(std::string("network 192.0.2.") + state, state, {});
    EXPECT_EQ(restart(), 10U);
    EXPECT_EQ(limiter_->size(), 0U);
    EXPECT_TRUE(kept_.empty());
}

TEST_F(RateLimiterRestore, StaysWithinItsCapacity) {
    limits_.buckets = 100;
    fail(from("127.0.0.1"), 20);
    for (std::uint32_t i = 100; i < 1000; ++i)
        fail(at_user(i, address("127.0.0.1")), 1);
    restart();
    EXPECT_EQ(limiter_->size(), 200U);
    EXPECT_EQ(kept_.size(), 200U);
    EXPECT_EQ(wait(from("127.0.0.1")), 900s);
}

// Two limiters live through the same history; one of them is killed after every step.
TEST_F(RateLimiterRestore, MakesNoDifferenceInAnyHistory) {
    for (unsigned seed = 0; seed < 4; ++seed) {
        Dice dice(seed);
        kept_.clear();
        start();
        Clock clock = this->clock();
        std::chrono::milliseconds lived{};
        clock.steady = [&] { return std::chrono::steady_clock::time_point{} + lived; };
        RateLimiter unbroken(limits_, clock);
        // Within an hour nothing is over.
        while (lived < 59min) {
            const AttemptKey attempt =
                at(dice.below(3) == 0 ? address("127.0.0.1") : stranger(dice.below(40)),
                   account_key(1 + dice.below(3)), dice.below(10) == 0 ? 1 + dice.below(2) : 0);
            Admission expected = unbroken.begin(attempt);
            Admission got = limiter_->begin(attempt);
            ASSERT_EQ(expected.wait(), got.wait()) << "seed " << seed;
            if (got && dice.below(8) == 0) {
                expected.end(Outcome::succeeded);
                got.end(Outcome::succeeded);
                const LimiterRecords changes = limiter_->take_changes();
                ASSERT_EQ(unbroken.take_changes(), changes) << "seed " << seed;
                keep(changes);
            } else if (got) {
                const LimiterRecords changes = got.end(Outcome::failed);
                ASSERT_EQ(expected.end(Outcome::failed), changes) << "seed " << seed;
                keep(changes);
            }
            got = Admission();
            ASSERT_EQ(restart(), 0U);
            const std::chrono::seconds time(dice.below(10) == 0 ? dice.below(60) : dice.below(2));
            pass(time);
            lived += time;
        }
    }
}

}  // namespace
}  // namespace roster::accounts
