// Whom the limiter says it delays, and what it forgets when it is told to.

#include "unit/accounts/rate_limit/fixture.hpp"

#include <set>

namespace roster::accounts {
namespace {

class Delayed : public RateLimiterTest {
  protected:
    // "KEY SECONDS" of each, the seconds from now to the end.
    std::set<std::string> delayed() const {
        std::set<std::string> all;
        for (const Delay& delay : limiter_->delays({}, 500).items)
            all.insert(delay.key + " " + std::to_string((delay.until - wall_) / 1s));
        return all;
    }
};

TEST_F(Delayed, AreAnAccountsGuesserAndItsNetworkOnceTheFreeGuessesAreOver) {
    fail(from("192.0.2.1"), 5);
    EXPECT_TRUE(delayed().empty());
    guess(from("192.0.2.1"));
    EXPECT_EQ(delayed(),
              (std::set<std::string>{"guesser account:17 192.0.2.1 1", "network 192.0.2.1 1"}));
    EXPECT_EQ(limiter_->delays({}, 500).items[0].since,
              std::chrono::floor<std::chrono::seconds>(wall_));
    pass(1s);
    EXPECT_TRUE(delayed().empty());
}

TEST_F(Delayed, AreAnAccountAndTheSignUpsOfANetwork) {
    for (std::uint32_t i = 0; i < 90; ++i)
        guess(at(stranger(i)));
    for (int i = 0; i < 20; ++i)
        sign_up("192.0.2.1");
    EXPECT_EQ(delayed(),
              (std::set<std::string>{"guesses account:17 3900", "sign-ups 192.0.2.1 3900"}));
}

TEST_F(Delayed, ComeInPagesWithoutAGap) {
    for (std::uint32_t i = 0; i < 30; ++i)
        fail(at(stranger(i), account_key(i + 1)), 6);
    fail(from("192.0.2.1"), 6);
    const std::set<std::string> all = delayed();
    std::set<std::string> paged;
    std::string after;
    int pages = 0;
    do {
        const Delays page = limiter_->delays(after, 2);
        EXPECT_LE(page.items.size(), 2U);
        for (const Delay& delay : page.items)
            EXPECT_TRUE(
                paged.insert(delay.key + " " + std::to_string((delay.until - wall_) / 1s)).second);
        after = page.next;
        ++pages;
    } while (!after.empty());
    EXPECT_EQ(paged, all);
    EXPECT_GT(pages, 1);
}

TEST_F(Delayed, MayTryAgainAtOnceWhenForgivenAndAfterARestart) {
    fail(from("192.0.2.1"), 8);
    EXPECT_TRUE(limiter_->forgive("network 192.0.2.1"));
    EXPECT_GT(wait(from("192.0.2.1")), 0s) << "the account is another key";
    EXPECT_TRUE(limiter_->forgive("guesser account:17 192.0.2.1"));
    EXPECT_EQ(wait(from("192.0.2.1")), 0s);
    keep();
    restart();
    EXPECT_EQ(wait(from("192.0.2.1")), 0s);
    fail(from("192.0.2.1"), 5);
    EXPECT_EQ(wait(from("192.0.2.1")), 0s) << "all free guesses are back";
}

TEST_F(Delayed, AreForgivenWhileAnAttemptIsUnderWay) {
    fail(from("192.0.2.1"), 7);
    pass(2s);
    Admission admission = limiter_->begin(from("192.0.2.1"));
    ASSERT_TRUE(admission);
    EXPECT_TRUE(limiter_->forgive("guesser account:17 192.0.2.1"));
    EXPECT_TRUE(limiter_->forgive("network 192.0.2.1"));
    keep(admission.end(Outcome::failed));
    EXPECT_EQ(wait(from("192.0.2.1")), 0s) << "one failure is counted";
}

TEST_F(Delayed, OnlyWhatIsCountedIsForgiven) {
    log_in(from("192.0.2.1"));
    for (const char* key :
         {"", "network", "network 192.0.2.9", "nothing", "known account:17 192.0.2.1"})
        EXPECT_FALSE(limiter_->forgive(key)) << key;
    EXPECT_TRUE(is_kept("known account:17 192.0.2.1"));
}

}  // namespace
}  // namespace roster::accounts
