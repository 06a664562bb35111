#include "unit/accounts/rate_limit/fixture.hpp"

#include <deque>
#include <map>
#include <utility>
#include <vector>

namespace roster::accounts {
namespace {

// An adversary who tries everything at random, and a book of what was let through.
class ThrottleSimulation : public ThrottleTest, public ::testing::WithParamInterface<unsigned> {
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
    LogInGuard ticket;
    Instant ends;
};

TEST_P(ThrottleSimulation, VerifiesAtMostAHundredWrongGuessesInAnyHour) {
    std::deque<Instant> of_account;
    std::deque<Instant> of_strangers;
    std::map<std::uint32_t, std::deque<Instant>> of_network;
    std::vector<UnderWay> under_way;
    // At most a network of a place he has stolen, and a session.
    constexpr std::uint32_t kKnown = 1000;
    keep(limiter_->make_known(kOwner, stranger(kKnown)));
    const std::uint32_t networks = 1U << dice_.below(9);
    for (int step = 0; step < 40'000; ++step) {
        const unsigned choice = dice_.below(100);
        pass(std::chrono::milliseconds(choice == 0   ? dice_.below(3'000'000)
                                       : choice < 20 ? dice_.below(20'000)
                                                     : dice_.below(300)));
        for (std::size_t i = under_way.size(); i-- > 0;) {
            if (wall_ < under_way[i].ends) continue;
            keep(under_way[i].ticket.failed());
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
        auto admission = limiter_->begin({kOwner, stranger(network), session});
        if (!admission) {
            ASSERT_GT(admission.refusal().wait, 0s);
            ASSERT_LE(admission.refusal().wait, 65min);
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
            ASSERT_LE(within_hour(of_strangers, wall_), 80U);
        }
        under_way.push_back(
            {std::move(admission.ticket()), wall_ + std::chrono::milliseconds(dice_.below(2000))});
    }
}

TEST_P(ThrottleSimulation, NeverRefusesTheOwnerAtAKnownNetworkBecauseOfStrangers) {
    log_in(from("192.0.2.1"));
    for (int step = 0; step < 20'000; ++step) {
        pass(std::chrono::milliseconds(dice_.below(2000)));
        // From anywhere at the owner; from his own network, an office, at everybody else.
        guess({kOwner, stranger(dice_.below(300))});
        guess(from("192.0.2.1", AccountKey::user(100 + dice_.below(50))));
        ASSERT_EQ(wait(from("192.0.2.1")), 0s);
        ASSERT_EQ(wait({kOwner, stranger(dice_.below(300)), 5}), 0s);
        if (step % 500 != 0) continue;
        // Now and then he errs himself.
        ASSERT_EQ(guess(from("192.0.2.1")), 0s);
        ASSERT_EQ(log_in(from("192.0.2.1")), 0s);
        if (step % 1000 == 0) {
            wall_ = std::chrono::ceil<std::chrono::seconds>(wall_);
            restart();
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, ThrottleSimulation, ::testing::Range(0U, 8U));

}  // namespace
}  // namespace roster::accounts
