#include "unit/accounts/rate_limit/fixture.hpp"

#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace roster::accounts {
namespace {

static_assert(!std::is_copy_constructible_v<LogInGuard>);
static_assert(std::is_nothrow_move_constructible_v<LogInGuard>);
static_assert(std::is_nothrow_move_assignable_v<SignUpGuard>);

TEST_F(ThrottleTest, MakesWaitLongerFromTheSixthFailureOn) {
    const AttemptKey attempt = from("192.0.2.1");
    for (int i = 0; i < 6; ++i)
        EXPECT_EQ(guess(attempt), 0s) << i;
    for (const auto step : {1s, 2s, 4s, 8s, 16s, 32s, 64s, 128s, 256s, 512s, 900s, 900s}) {
        EXPECT_EQ(guess(attempt), step);
        pass(step - 1ms);
        EXPECT_EQ(guess(attempt), 1ms) << "a refused attempt must not lengthen the wait";
        pass(1ms);
        EXPECT_EQ(guess(attempt), 0s) << step.count();
    }
}

TEST_F(ThrottleTest, RefusesTheRightPasswordTooWhileItMakesWait) {
    fail(from("192.0.2.1"), 6);
    EXPECT_EQ(log_in(from("192.0.2.1")), 1s);
}

TEST_F(ThrottleTest, ForgetsAnHourAfterTheLastFailure) {
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

TEST_F(ThrottleTest, LetsASuccessClearTheGuesserButNotTheNetwork) {
    fail(from("192.0.2.1"), 5);
    EXPECT_EQ(log_in(from("192.0.2.1")), 0s);
    for (int i = 0; i < 6; ++i)
        EXPECT_EQ(guess(from("192.0.2.1")), 0s) << i;
    EXPECT_EQ(guess(from("192.0.2.1")), 1s);

    // Own account or not: the network has its five failures behind it elsewhere.
    EXPECT_EQ(guess(from("192.0.2.1", AccountKey::user(99))), 0s);
    EXPECT_EQ(guess(from("192.0.2.1", AccountKey::user(98))), 1s);
}

TEST_F(ThrottleTest, CountsANetworkOverAllAccounts) {
    for (UserId id = 1; id <= 6; ++id)
        EXPECT_EQ(guess(from("2001:db8::1", AccountKey::user(id))), 0s);
    EXPECT_EQ(guess(from("2001:db8::2", AccountKey::user(7))), 1s);
    EXPECT_EQ(guess(from("2001:db8:0:1::1", AccountKey::user(7))), 0s);
}

TEST_F(ThrottleTest, ExemptsLoopbackFromWhatGoesByNetworkAlone) {
    for (UserId id = 1; id <= 100; ++id)
        EXPECT_EQ(guess(from("127.0.0.1", AccountKey::user(id))), 0s);
    for (int i = 0; i < 100; ++i)
        EXPECT_EQ(sign_up("::1"), 0s);
    fail(from("::1"), 6);
    EXPECT_EQ(guess(from("::1")), 1s);
}

TEST_F(ThrottleTest, LeavesTheMachineItselfAlone) {
    for (int i = 0; i < 1000; ++i) {
        auto admission = limiter_->begin({kOwner, std::nullopt});
        ASSERT_TRUE(admission);
        EXPECT_TRUE(admission.ticket().failed().empty());
    }
    EXPECT_TRUE(limiter_->begin_sign_up(std::nullopt));
    EXPECT_EQ(limiter_->size(), 0U);
}

TEST_F(ThrottleTest, DoesNothingWhenSwitchedOff) {
    limits_.enabled = false;
    start();
    for (int i = 0; i < 1000; ++i)
        ASSERT_EQ(guess(from("192.0.2.1")), 0s);
    EXPECT_EQ(limiter_->size(), 0U);
    EXPECT_TRUE(kept_.empty());
}

TEST_F(ThrottleTest, ExemptsAKnownNetworkFromTheNetworkLimitOnly) {
    log_in(from("192.0.2.1"));
    for (UserId id = 100; id < 106; ++id)
        guess(from("192.0.2.1", AccountKey::user(id)));
    EXPECT_EQ(wait(from("192.0.2.1", AccountKey::user(106))), 1s);
    for (int i = 0; i < 6; ++i)
        EXPECT_EQ(guess(from("192.0.2.1")), 0s);
    EXPECT_EQ(guess(from("192.0.2.1")), 1s);
    // None of these was charged to the network: 1 s is what its own six cost.
    EXPECT_EQ(wait(from("192.0.2.1", AccountKey::user(106))), 1s);
}

TEST_F(ThrottleTest, KnowsANetworkForThirtyDays) {
    log_in(from("192.0.2.1"));
    for (UserId id = 100; id < 106; ++id)
        guess(from("192.0.2.1", AccountKey::user(id)));
    pass(30 * 24h - 1ms);
    for (UserId id = 100; id < 106; ++id)
        guess(from("192.0.2.1", AccountKey::user(id)));
    EXPECT_EQ(wait(from("192.0.2.1")), 0s);
    pass(1ms);
    EXPECT_GT(wait(from("192.0.2.1")), 0s);
}

TEST_F(ThrottleTest, KnowsTheNewestNetworksOfAnAccount) {
    for (std::uint32_t i = 0; i <= limits_.known_per_account; ++i) {
        log_in({kOwner, stranger(i)});
        pass(1min);
    }
    // Charged to the network alone, so that the known ones are told from the others.
    for (const std::uint32_t network : {0U, 1U}) {
        for (UserId id = 100; id < 106; ++id)
            guess({AccountKey::user(id), stranger(network)});
    }
    EXPECT_EQ(wait({kOwner, stranger(0)}), 1s);
    EXPECT_EQ(wait({kOwner, stranger(1)}), 0s);
}

TEST_F(ThrottleTest, ForgetsKnownNetworksWhenTold) {
    keep(limiter_->make_known(kOwner, address("192.0.2.1")));
    EXPECT_NE(kept("known account:17"), "");
    for (UserId id = 100; id < 106; ++id)
        guess(from("192.0.2.1", AccountKey::user(id)));
    EXPECT_EQ(wait(from("192.0.2.1")), 0s);
    keep(limiter_->forget_known(kOwner));
    EXPECT_EQ(wait(from("192.0.2.1")), 1s);
    EXPECT_EQ(kept("known account:17"), "");
    EXPECT_TRUE(limiter_->forget_known(kOwner).empty());
}

TEST_F(ThrottleTest, GivesStrangersEightyGuessesAtAnAccount) {
    for (std::uint32_t i = 0; i < 80; ++i)
        ASSERT_EQ(guess({kOwner, stranger(i)}), 0s) << i;
    // Nine o'clock is the beginning of a span of five minutes.
    EXPECT_EQ(guess({kOwner, stranger(80)}), 65min);
    EXPECT_EQ(guess({AccountKey::user(18), stranger(80)}), 0s);
    pass(65min - 1ms);
    EXPECT_EQ(guess({kOwner, stranger(80)}), 1ms);
    pass(1ms);
    EXPECT_EQ(guess({kOwner, stranger(80)}), 0s);
}

TEST_F(ThrottleTest, KeepsTheRestForTheOwner) {
    log_in(from("192.0.2.1"));
    for (std::uint32_t i = 0; i < 80; ++i)
        guess({kOwner, stranger(i)});
    EXPECT_EQ(log_in({kOwner, stranger(80)}), 65min);
    EXPECT_EQ(log_in(from("192.0.2.1")), 0s);
    EXPECT_EQ(log_in({kOwner, stranger(81), 5}), 0s);
    // That made the place known.
    EXPECT_EQ(log_in({kOwner, stranger(81)}), 0s);
}

TEST_F(ThrottleTest, KeepsTheLastTenForSessionsAndGivesNobodyMoreThanAHundred) {
    for (std::uint32_t i = 100; i < 102; ++i)
        log_in({kOwner, stranger(i)});
    for (std::uint32_t i = 0; i < 80; ++i)
        guess({kOwner, stranger(i)});
    for (std::uint32_t i = 0; i < 10; ++i)
        EXPECT_EQ(guess({kOwner, stranger(100 + i % 2)}), 0s);
    EXPECT_EQ(guess({kOwner, stranger(100)}), 65min);
    EXPECT_EQ(guess({kOwner, stranger(101)}), 65min);
    for (SessionId session = 1; session <= 10; ++session)
        EXPECT_EQ(guess(from("192.0.2.1", kOwner, session)), 0s);
    EXPECT_EQ(guess(from("192.0.2.1", kOwner, 21)), 65min);
}

TEST_F(ThrottleTest, LeavesTriesForTheOwnerBesideFourStrangers) {
    const Instant end = wall_ + 2h;
    while (wall_ < end) {
        for (std::uint32_t i = 0; i < 4; ++i)
            guess({kOwner, stranger(i)});
        EXPECT_EQ(wait(from("192.0.2.1")), 0s);
        pass(1s);
    }
}

TEST_F(ThrottleTest, GivesTheHolderOfASessionTriesOfHisOwn) {
    log_in(from("192.0.2.1"));
    fail(from("192.0.2.1"), 7);
    EXPECT_EQ(wait(from("192.0.2.1")), 2s);
    EXPECT_EQ(wait(from("192.0.2.1", kOwner, 5)), 0s);
    fail(from("192.0.2.1", kOwner, 5), 6);
    EXPECT_EQ(wait(from("192.0.2.1", kOwner, 5)), 1s);
    EXPECT_EQ(wait(from("192.0.2.1", kOwner, 6)), 0s);
}

TEST_F(ThrottleTest, DoesNotClearTheNetworkForTheHolderOfASession) {
    fail(from("192.0.2.1"), 7);
    EXPECT_EQ(log_in(from("192.0.2.1", kOwner, 5)), 0s);
    EXPECT_EQ(wait(from("192.0.2.1")), 2s);
}

TEST_F(ThrottleTest, AllowsTwentySignUpsPerHourAndNetwork) {
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(sign_up("2001:db8::1"), 0s);
    EXPECT_EQ(sign_up("2001:db8::2"), 65min);
    EXPECT_EQ(sign_up("2001:db8:0:1::1"), 0s);
    EXPECT_EQ(guess(from("2001:db8::1")), 0s);
    pass(65min);
    EXPECT_EQ(sign_up("2001:db8::1"), 0s);
}

TEST_F(ThrottleTest, CountsSignUpsUnderWay) {
    std::vector<Admission<SignUpGuard>> under_way;
    for (int i = 0; i < 20; ++i)
        under_way.push_back(limiter_->begin_sign_up(address("192.0.2.1")));
    EXPECT_EQ(sign_up("192.0.2.1"), kMoment);
    under_way.pop_back();
    EXPECT_EQ(sign_up("192.0.2.1"), 0s);
    EXPECT_EQ(sign_up("192.0.2.1"), kMoment);
    under_way.clear();
    EXPECT_EQ(sign_up("192.0.2.1"), 0s);
}

TEST_F(ThrottleTest, CountsAttemptsUnderWay) {
    std::vector<Admission<LogInGuard>> under_way;
    for (int i = 0; i < 6; ++i)
        under_way.push_back(limiter_->begin(from("192.0.2.1")));
    for (auto& admission : under_way)
        EXPECT_TRUE(admission);
    EXPECT_EQ(wait(from("192.0.2.1")), kMoment);
    for (auto& admission : under_way)
        admission.ticket().failed();
    EXPECT_EQ(wait(from("192.0.2.1")), 1s);
    pass(1s);
    auto one = limiter_->begin(from("192.0.2.1"));
    ASSERT_TRUE(one);
    EXPECT_EQ(wait(from("192.0.2.1")), kMoment);
}

TEST_F(ThrottleTest, CountsAttemptsUnderWayFromManyNetworks) {
    std::vector<Admission<LogInGuard>> under_way;
    for (std::uint32_t i = 0; i < 200; ++i)
        under_way.push_back(limiter_->begin({kOwner, stranger(i)}));
    int admitted = 0;
    for (auto& admission : under_way)
        admitted += admission ? 1 : 0;
    EXPECT_EQ(admitted, 80);
}

TEST_F(ThrottleTest, ChargesNothingForWhatIsAbandoned) {
    for (int i = 0; i < 1000; ++i)
        ASSERT_TRUE(limiter_->begin(from("192.0.2.1")));
    EXPECT_EQ(limiter_->size(), 0U);
}

TEST_F(ThrottleTest, EndsATicketOnce) {
    auto admission = limiter_->begin(from("192.0.2.1"));
    LogInGuard ticket = std::move(admission.ticket());
    EXPECT_TRUE(admission.ticket().failed().empty());
    EXPECT_EQ(ticket.failed().size(), 3U);
    EXPECT_TRUE(ticket.failed().empty());
    EXPECT_TRUE(ticket.succeeded().empty());
    ticket.abandoned();
    ticket = std::move(limiter_->begin(from("192.0.2.1")).ticket());
    EXPECT_FALSE(ticket.succeeded().empty());
}

TEST_F(ThrottleTest, YieldsTheSameForAnAccountAndForNone) {
    const auto of = [this](AccountKey account) {
        return limiter_->begin({account, stranger(1)}).ticket().failed();
    };
    const LimiterRecords known = of(kOwner);
    const LimiterRecords unknown = of(AccountKey::email("nobody@example.org"));
    ASSERT_EQ(known.size(), 3U);
    ASSERT_EQ(unknown.size(), 3U);
    EXPECT_EQ(known[0].key, "guesser account:17 10.0.0.1");
    EXPECT_EQ(known[0].state, unknown[0].state);
    EXPECT_EQ(known[1].key, "network 10.0.0.1");
    EXPECT_EQ(unknown[1].key, known[1].key);
    EXPECT_EQ(known[2].key, "guesses account:17");
    EXPECT_EQ(known[2].state, unknown[2].state);
    EXPECT_EQ(known[2].state, "newest=2026-11-22T09:00:00Z strangers=1 others=0");
}

TEST_F(ThrottleTest, ForgetsInTheStoreWhatASuccessClears) {
    guess(from("192.0.2.1"));
    EXPECT_NE(kept("guesser account:17 192.0.2.1"), "");
    log_in(from("192.0.2.1"));
    EXPECT_EQ(kept("guesser account:17 192.0.2.1"), "");
    EXPECT_NE(kept("network 192.0.2.1"), "");
    EXPECT_NE(kept("guesses account:17"), "");
    EXPECT_EQ(kept("known account:17"), "192.0.2.1@2026-11-22T09:00:00Z");
}

TEST_F(ThrottleTest, WritesAKnownNetworkOncePerDay) {
    EXPECT_EQ(limiter_->begin(from("192.0.2.1")).ticket().succeeded().size(), 1U);
    EXPECT_EQ(limiter_->begin(from("192.0.2.1")).ticket().succeeded().size(), 0U);
    pass(24h);
    EXPECT_EQ(limiter_->begin(from("192.0.2.1")).ticket().succeeded().size(), 1U);
}

TEST_F(ThrottleTest, TellsTheLimitWithTheLongestWait) {
    fail(from("192.0.2.1", AccountKey::user(1)), 3);
    fail(from("192.0.2.1", AccountKey::user(2)), 6);
    const auto refused = limiter_->begin(from("192.0.2.1", AccountKey::user(2)));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.refusal().used_up, ExceededLimit::network);
    EXPECT_EQ(refused.refusal().wait, 8s);
}

TEST_F(ThrottleTest, GivesAFloodOfRefusalsFewLines) {
    fail(from("192.0.2.1"), 10);
    std::uint64_t lines = 0;
    std::uint64_t said = 0;
    for (int i = 1; i <= 5000; ++i) {
        const auto refused = limiter_->begin(from("192.0.2.1"));
        ASSERT_FALSE(refused);
        const std::uint64_t count = refused.refusal().audit_count;
        EXPECT_EQ(count != 0, i == 1 || i == 10 || i == 100 || i == 1000) << i;
        lines += count != 0 ? 1 : 0;
        said += count;
    }
    EXPECT_EQ(lines, 4U);
    EXPECT_EQ(said, 1000U);
    pass(16s);
    EXPECT_EQ(guess(from("192.0.2.1")), 0s);
    const auto refused = limiter_->begin(from("192.0.2.1"));
    EXPECT_EQ(refused.refusal().audit_count, 4001U);
}

TEST(ThrottleThreads, LetThroughNoMoreThanMayFailHoweverManyComeAtOnce) {
    RateLimiter throttle;
    constexpr int kThreads = 8;
    std::vector<int> admitted(kThreads);
    std::vector<std::vector<LogInGuard>> tickets(kThreads);
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < kThreads; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 25; ++i) {
                auto admission = throttle.begin({kOwner, address("192.0.2.1")});
                if (admission) tickets[t].push_back(std::move(admission.ticket()));
            }
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    std::size_t all = 0;
    for (auto& of_thread : tickets)
        all += of_thread.size();
    EXPECT_EQ(all, 6U);
}

TEST(ThrottleThreads, CountEveryFailureOnce) {
    RateLimits limits;
    limits.free_failures = 1'000'000;
    limits.account_per_hour = limits.known_per_hour = limits.strangers_per_hour = 1'000'000;
    Clock clock;
    clock.steady = [] { return std::chrono::steady_clock::time_point{}; };
    RateLimiter throttle(limits, clock);
    std::vector<std::thread> threads;
    for (std::uint32_t t = 0; t < 4; ++t) {
        threads.emplace_back([&throttle, t] {
            for (std::uint32_t i = 0; i < 1000; ++i) {
                auto admission = throttle.begin({kOwner, stranger(i % 7)});
                if (i % 5 == 0) continue;
                EXPECT_EQ(admission.ticket().failed().size(), 3U);
                throttle.begin_sign_up(stranger(i % 3 + t)).ticket().abandoned();
            }
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    const LimiterRecords last = throttle.begin({kOwner, stranger(0)}).ticket().failed();
    EXPECT_NE(last.back().state.find("strangers=3201 "), std::string::npos) << last.back().state;
}

}  // namespace
}  // namespace roster::accounts
