#include "unit/accounts/rate_limit/fixture.hpp"

#include <deque>
#include <map>
#include <utility>
#include <vector>

namespace roster::accounts {
namespace {

// An adversary who tries everything at random, and a record of what was let through.
class RateLimiterSimulation : public RateLimiterTest,
                              public ::testing::WithParamInterface<unsigned> {
  protected:
    // Wrong guesses that were let through within the hour before now.
    static std::size_t within_hour(std::deque<Instant>& begun, Instant now) {
        while (!begun.empty() && begun.front() <= now - 1h)
            begun.pop_front();
        return begun.size();
    }

    Dice dice_{GetParam()};
};

struct UnderWay {
    Admission admission;
    Instant ends;
};

TEST_P(RateLimiterSimulation, VerifiesAtMostAHundredWrongGuessesInAnyHour) {
    std::deque<Instant> of_account;
    std::deque<Instant> of_strangers;
    std::map<std::uint32_t, std::deque<Instant>> of_network;
    std::vector<UnderWay> under_way;
    // The adversary has at most one network that is known, and a stolen session.
    constexpr std::uint32_t kKnown = 1000;
    limiter_->make_known(kOwnerId, 1, stranger(kKnown));
    keep();
    const std::uint32_t networks = 1U << dice_.below(9);
    for (int step = 0; step < 40'000; ++step) {
        const unsigned choice = dice_.below(100);
        pass(std::chrono::milliseconds(choice == 0   ? dice_.below(3'000'000)
                                       : choice < 20 ? dice_.below(20'000)
                                                     : dice_.below(300)));
        for (std::size_t i = under_way.size(); i-- > 0;) {
            if (wall_ < under_way[i].ends) continue;
            keep(under_way[i].admission.end(Outcome::failed));
            under_way[i] = std::move(under_way.back());
            under_way.pop_back();
        }
        if (dice_.below(2000) == 0 && under_way.empty()) {
            wall_ = std::chrono::ceil<std::chrono::seconds>(wall_);
            restart();
        }
        const bool is_known = dice_.below(10) == 0;
        const SessionId session = dice_.below(20) == 0 ? 1 + dice_.below(50) : 0;
        const std::uint32_t network = is_known ? kKnown : dice_.below(networks);
        Admission admission = limiter_->begin(at(stranger(network), kOwner, session));
        if (!admission) {
            ASSERT_GT(admission.wait(), 0s);
            ASSERT_LE(admission.wait(), 65min);
            continue;
        }
        of_account.push_back(wall_);
        ASSERT_LE(within_hour(of_account, wall_), 100U);
        if (session == 0) {
            of_network[network].push_back(wall_);
            ASSERT_LE(within_hour(of_network[network], wall_), 20U);
        }
        if (session == 0 && !is_known) {
            of_strangers.push_back(wall_);
            ASSERT_LE(within_hour(of_strangers, wall_), 90U);
        }
        under_way.push_back(
            {std::move(admission), wall_ + std::chrono::milliseconds(dice_.below(2000))});
    }
}

TEST_P(RateLimiterSimulation, NeverRefusesTheOwnerAtAKnownNetworkBecauseOfStrangers) {
    log_in(from("192.0.2.1"));
    for (int step = 0; step < 20'000; ++step) {
        pass(std::chrono::milliseconds(dice_.below(2000)));
        // From anywhere at the owner; from the owner's own network, an office, at all others.
        guess(at(stranger(dice_.below(300))));
        guess(from("192.0.2.1", account_key(100 + dice_.below(50))));
        ASSERT_EQ(wait(from("192.0.2.1")), 0s);
        ASSERT_EQ(wait(at(stranger(dice_.below(300)), kOwner, 5)), 0s);
        if (step % 500 != 0) continue;
        // Now and then the owner errs.
        ASSERT_EQ(guess(from("192.0.2.1")), 0s);
        ASSERT_EQ(log_in(from("192.0.2.1")), 0s);
        if (step % 1000 == 0) {
            wall_ = std::chrono::ceil<std::chrono::seconds>(wall_);
            restart();
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RateLimiterSimulation, ::testing::Range(0U, 8U));

}  // namespace
}  // namespace roster::accounts
