#include "unit/accounts/rate_limit/fixture.hpp"

#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace roster::accounts {
namespace {

static_assert(!std::is_copy_constructible_v<Admission>);
static_assert(std::is_nothrow_move_constructible_v<Admission>);
static_assert(std::is_nothrow_move_assignable_v<Admission>);

TEST(AccountKey, FoldsAnEmailAndDoesNotShowIt) {
    EXPECT_EQ(account_key(17), "account:17");
    const std::string key = account_key("Owner@Example.org");
    EXPECT_EQ(key, account_key("owner@example.org"));
    EXPECT_NE(key, account_key("owner@example.net"));
    EXPECT_EQ(key.substr(0, 6), "email:");
    EXPECT_EQ(key.find_first_not_of("0123456789abcdef", 6), std::string::npos);
    EXPECT_EQ(key.size(), 6U + 16U);
}

TEST_F(RateLimiterTest, MakesTheWaitLongerFromTheSixthFailureOn) {
    const AttemptKey attempt = from("192.0.2.1");
    for (int i = 0; i < 6; ++i)
        EXPECT_EQ(guess(attempt), 0s) << i;
    for (const auto step : {1s, 2s, 4s, 8s, 16s, 32s, 64s, 128s, 256s, 512s, 900s, 900s}) {
        EXPECT_EQ(guess(attempt), step);
        EXPECT_EQ(log_in(attempt), step) << "the right password has to wait, too";
        pass(step - 1ms);
        EXPECT_EQ(guess(attempt), 1ms) << "a refused attempt must not lengthen the wait";
        pass(1ms);
        EXPECT_EQ(guess(attempt), 0s) << step.count();
    }
}

TEST_F(RateLimiterTest, ForgetsAnHourAfterTheLastFailure) {
    const AttemptKey attempt = from("192.0.2.1");
    fail(attempt, 10);
    pass(1h - 1ms);
    EXPECT_EQ(guess(attempt), 0s);
    EXPECT_EQ(wait(attempt), 32s);
    pass(1h);
    for (int i = 0; i < 6; ++i)
        EXPECT_EQ(guess(attempt), 0s) << i;
    EXPECT_EQ(guess(attempt), 1s);
}

TEST_F(RateLimiterTest, ClearsThePairButNotTheNetworkAfterASuccess) {
    fail(from("192.0.2.1"), 5);
    EXPECT_TRUE(is_kept("guesser account:17 192.0.2.1"));
    EXPECT_EQ(log_in(from("192.0.2.1")), 0s);
    EXPECT_FALSE(is_kept("guesser account:17 192.0.2.1"));
    for (int i = 0; i < 6; ++i)
        EXPECT_EQ(guess(from("192.0.2.1")), 0s) << i;
    EXPECT_EQ(guess(from("192.0.2.1")), 1s);

    // The network has its five failures at other accounts still.
    EXPECT_EQ(guess(from("192.0.2.1", account_key(99))), 0s);
    EXPECT_EQ(guess(from("192.0.2.1", account_key(98))), 1s);
}

TEST_F(RateLimiterTest, CountsANetworkOverAllAccounts) {
    for (UserId id = 1; id <= 6; ++id)
        EXPECT_EQ(guess(from("2001:db8::1", account_key(id))), 0s);
    EXPECT_EQ(guess(from("2001:db8::2", account_key(7))), 1s);
    EXPECT_EQ(guess(from("2001:db8:0:1::1", account_key(7))), 0s);
}

TEST_F(RateLimiterTest, ExemptsLoopbackFromWhatGoesByNetworkAlone) {
    for (UserId id = 1; id <= 100; ++id)
        EXPECT_EQ(guess(from("127.0.0.1", account_key(id))), 0s);
    for (int i = 0; i < 100; ++i)
        EXPECT_EQ(sign_up("::1"), 0s);
    fail(from("::1"), 6);
    EXPECT_EQ(guess(from("::1")), 1s);
}

TEST_F(RateLimiterTest, DoesNotLimitTheMachineItselfNorAnybodyWhenSwitchedOff) {
    const AttemptKey local(kOwner, std::nullopt);
    for (int i = 0; i < 200; ++i)
        ASSERT_EQ(guess(local), 0s);
    EXPECT_TRUE(limiter_->begin(limiter_->keys_of_sign_up(std::nullopt)));
    limits_.enabled = false;
    start();
    for (int i = 0; i < 200; ++i)
        ASSERT_EQ(guess(from("192.0.2.1")), 0s);
    EXPECT_EQ(limiter_->size(), 0U);
    EXPECT_TRUE(kept_.empty());
}

TEST_F(RateLimiterTest, ExemptsAKnownNetworkFromTheNetworkLimitOnly) {
    log_in(from("192.0.2.1"));
    for (UserId id = 100; id < 106; ++id)
        guess(from("192.0.2.1", account_key(id)));
    EXPECT_EQ(wait(from("192.0.2.1", account_key(106))), 1s);
    for (int i = 0; i < 6; ++i)
        EXPECT_EQ(guess(from("192.0.2.1")), 0s);
    EXPECT_EQ(guess(from("192.0.2.1")), 1s);
    EXPECT_EQ(wait(from("192.0.2.1", account_key(106))), 1s) << "none was counted there";
}

TEST_F(RateLimiterTest, KnowsANetworkForThirtyDaysAndWhileTheCredentialsStay) {
    const auto use_up_network = [this] {
        for (UserId id = 100; id < 106; ++id)
            guess(from("192.0.2.1", account_key(id)));
    };
    log_in(from("192.0.2.1"));
    use_up_network();
    AttemptKey with_new_password = from("192.0.2.1");
    with_new_password.credentials = 2;
    EXPECT_EQ(wait(from("192.0.2.1")), 0s);
    EXPECT_GT(wait(with_new_password), 0s);
    limiter_->make_known(kOwnerId, 2, address("192.0.2.1"));
    EXPECT_EQ(wait(with_new_password), 0s);
    EXPECT_GT(wait(from("192.0.2.1")), 0s);
    pass(30 * 24h - 1ms);
    use_up_network();
    EXPECT_EQ(wait(with_new_password), 0s);
    pass(1ms);
    EXPECT_GT(wait(with_new_password), 0s);
}

TEST_F(RateLimiterTest, WritesAKnownNetworkOncePerDay) {
    const auto changes_of_log_in = [this] {
        limiter_->begin(from("192.0.2.1")).end(Outcome::succeeded);
        return limiter_->take_changes().size();
    };
    EXPECT_EQ(changes_of_log_in(), 1U);
    EXPECT_EQ(changes_of_log_in(), 0U);
    pass(24h);
    EXPECT_EQ(changes_of_log_in(), 1U);
}

TEST_F(RateLimiterTest, GivesStrangersNinetyGuessesAtAnAccount) {
    for (std::uint32_t i = 0; i < 90; ++i)
        ASSERT_EQ(guess(at(stranger(i))), 0s) << i;
    // Nine o'clock is the beginning of a span of five minutes.
    EXPECT_EQ(guess(at(stranger(90))), 65min);
    EXPECT_EQ(guess(at(stranger(90), account_key(18))), 0s);
    pass(65min - 1ms);
    EXPECT_EQ(guess(at(stranger(90))), 1ms);
    pass(1ms);
    EXPECT_EQ(guess(at(stranger(90))), 0s);
}

TEST_F(RateLimiterTest, KeepsTheLastTenForKnownNetworksAndSessions) {
    log_in(from("192.0.2.1"));
    for (std::uint32_t i = 0; i < 90; ++i)
        guess(at(stranger(i)));
    EXPECT_EQ(log_in(at(stranger(90))), 65min);
    EXPECT_EQ(log_in(from("192.0.2.1")), 0s);
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(guess(from("192.0.2.1")), 0s);
    for (SessionId session = 1; session <= 5; ++session)
        EXPECT_EQ(guess(at(stranger(91), kOwner, session)), 0s);
    EXPECT_EQ(guess(from("192.0.2.1")), 65min);
    EXPECT_EQ(guess(at(stranger(91), kOwner, 6)), 65min);
}

TEST_F(RateLimiterTest, LeavesGuessesForTheOwnerBesideFourStrangers) {
    const Instant end = wall_ + 2h;
    while (wall_ < end) {
        for (std::uint32_t i = 0; i < 4; ++i)
            guess(at(stranger(i)));
        EXPECT_EQ(wait(from("192.0.2.1")), 0s);
        pass(1s);
    }
}

TEST_F(RateLimiterTest, CountsTheHolderOfASessionApartFromTheNetwork) {
    fail(from("192.0.2.1"), 7);
    EXPECT_EQ(wait(from("192.0.2.1")), 2s);
    EXPECT_EQ(wait(from("192.0.2.1", kOwner, 5)), 0s);
    fail(from("192.0.2.1", kOwner, 5), 6);
    EXPECT_EQ(wait(from("192.0.2.1", kOwner, 5)), 1s);
    EXPECT_EQ(wait(from("192.0.2.1", kOwner, 6)), 0s);
    EXPECT_EQ(log_in(from("192.0.2.1", kOwner, 6)), 0s);
    EXPECT_EQ(wait(from("192.0.2.1")), 2s) << "that clears nothing of the network's";
}

TEST_F(RateLimiterTest, AllowsTwentySignUpsPerHourAndNetwork) {
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(sign_up("2001:db8::1"), 0s);
    EXPECT_EQ(sign_up("2001:db8::2"), 65min);
    EXPECT_EQ(sign_up("2001:db8:0:1::1"), 0s);
    EXPECT_EQ(guess(from("2001:db8::1")), 0s);
    pass(65min);
    EXPECT_EQ(sign_up("2001:db8::1"), 0s);
}

TEST_F(RateLimiterTest, CountsSignUpsUnderWayAndNotThoseThatCameToNothing) {
    const auto from = address("192.0.2.1");
    std::vector<Admission> under_way;
    for (int i = 0; i < 20; ++i) {
        under_way.push_back(limiter_->begin(limiter_->keys_of_sign_up(from)));
        EXPECT_TRUE(under_way.back());
    }
    EXPECT_EQ(limiter_->begin(limiter_->keys_of_sign_up(from)).wait(), 1s);
    under_way[0].end(Outcome::signed_up);
    under_way.clear();
    for (int i = 0; i < 19; ++i)
        EXPECT_EQ(sign_up("192.0.2.1"), 0s);
    EXPECT_GT(sign_up("192.0.2.1"), 0s);
    const LimiterRecord& record = kept_["sign-ups 192.0.2.1"];
    EXPECT_TRUE(record.state.ends_with(" 0 0 20")) << record.state;
}

TEST_F(RateLimiterTest, LetsOneAttemptThroughAtATimeForEachAccountAndNetwork) {
    Admission one = limiter_->begin(from("192.0.2.1"));
    EXPECT_TRUE(one);
    EXPECT_EQ(wait(from("192.0.2.1")), 1s);
    EXPECT_EQ(wait(from("192.0.2.1", account_key(18))), 0s);
    EXPECT_EQ(wait(from("192.0.2.2")), 0s);
    keep(one.end(Outcome::failed));
    EXPECT_EQ(wait(from("192.0.2.1")), 0s);
}

TEST_F(RateLimiterTest, CountsAttemptsUnderWayOfANetworkAndOfAnAccount) {
    std::vector<Admission> under_way;
    int admitted = 0;
    for (UserId id = 0; id < 100; ++id) {
        under_way.push_back(limiter_->begin(from("192.0.2.1", account_key(100 + id))));
        admitted += under_way.back() ? 1 : 0;
    }
    EXPECT_EQ(admitted, 6);
    under_way.clear();
    admitted = 0;
    for (std::uint32_t i = 0; i < 200; ++i) {
        under_way.push_back(limiter_->begin(at(stranger(i))));
        admitted += under_way.back() ? 1 : 0;
    }
    EXPECT_EQ(admitted, 90);
}

TEST_F(RateLimiterTest, CountsNothingThatIsAbandoned) {
    for (int i = 0; i < 1000; ++i)
        ASSERT_TRUE(limiter_->begin(from("192.0.2.1")));
    EXPECT_EQ(limiter_->size(), 0U);
    EXPECT_TRUE(limiter_->take_changes().empty());
}

TEST_F(RateLimiterTest, EndsAnAttemptOnce) {
    Admission first = limiter_->begin(from("192.0.2.1"));
    Admission moved = std::move(first);
    EXPECT_TRUE(first.end(Outcome::failed).empty());
    EXPECT_EQ(moved.end(Outcome::failed).size(), 3U);
    EXPECT_TRUE(moved.end(Outcome::failed).empty());
    moved.end(Outcome::succeeded);
    moved = limiter_->begin(from("192.0.2.1"));
    moved.end(Outcome::succeeded);
    EXPECT_TRUE(limiter_->begin(from("192.0.2.1")));
}

TEST_F(RateLimiterTest, YieldsTheSameForAnAccountAndForNone) {
    const auto records_of = [this](const std::string& account) {
        return limiter_->begin(at(stranger(1), account)).end(Outcome::failed);
    };
    const LimiterRecords known = records_of(kOwner);
    const LimiterRecords unknown = records_of(account_key("nobody@example.org"));
    ASSERT_EQ(known.size(), 3U);
    ASSERT_EQ(unknown.size(), 3U);
    EXPECT_EQ(known[0].key, "guesser account:17 10.0.0.1");
    EXPECT_EQ(known[0].state, unknown[0].state);
    EXPECT_EQ(known[1].key, "guesses account:17");
    EXPECT_EQ(known[1].state, unknown[1].state);
    EXPECT_EQ(known[2].key, "network 10.0.0.1");
    EXPECT_EQ(unknown[2].key, known[2].key);
}

TEST_F(RateLimiterTest, SaysTheLongestWait) {
    fail(from("192.0.2.1", account_key(1)), 3);
    fail(from("192.0.2.1", account_key(2)), 6);
    EXPECT_EQ(wait(from("192.0.2.1", account_key(2))), 8s);
}

TEST(RateLimiterThreads, CountEveryFailureOnce) {
    RateLimits limits;
    limits.free_failures = limits.account_per_hour = 1'000'000;
    Clock clock;
    clock.steady = [] { return std::chrono::steady_clock::time_point{}; };
    RateLimiter limiter(limits, clock);
    std::vector<std::thread> threads;
    for (std::uint32_t t = 0; t < 4; ++t) {
        threads.emplace_back([&limiter, t] {
            for (std::uint32_t i = 0; i < 1000; ++i) {
                AttemptKey attempt(kOwner, stranger(10 * t + i % 7));
                Admission admission = limiter.begin(attempt);
                if (i % 5 == 0) continue;
                EXPECT_GE(admission.end(Outcome::failed).size(), 3U);
                EXPECT_TRUE(limiter.begin(limiter.keys_of_sign_up(stranger(t))));
            }
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    const LimiterRecords last = limiter.begin({kOwner, stranger(0)}).end(Outcome::failed);
    ASSERT_EQ(last.at(1).key, "guesses account:17");
    EXPECT_TRUE(last[1].state.ends_with(" 0 0 3201")) << last[1].state;
}

}  // namespace
}  // namespace roster::accounts
