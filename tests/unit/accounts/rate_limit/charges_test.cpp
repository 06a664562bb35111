// Attempts that are counted before they end, on records that several limiters have.

#include "unit/accounts/rate_limit/fixture.hpp"

namespace roster::accounts {
namespace {

class Charges : public RateLimiterTest {
  protected:
    /// As another server would: it has nothing but the records.
    template <class Change>
    void with_records(const Change& change) {
        RateLimiter limiter(limits_, wall_);
        LimiterRecords records;
        for (const auto& [key, record] : kept_)
            records.push_back(record);
        EXPECT_EQ(limiter.restore(records), 0U);
        change(limiter);
        keep(limiter.take_changes());
    }
    Admission charge(const AttemptKey& attempt) {
        Admission admission;
        with_records([&](RateLimiter& one) { admission = one.charge(one.begin(attempt)); });
        return admission;
    }
    Admission charge_sign_up(std::string_view where) {
        Admission admission;
        with_records([&](RateLimiter& one) {
            admission = one.charge(one.begin(one.keys_of_sign_up(address(where))));
        });
        return admission;
    }
    void take_back(const Admission& charged, Outcome outcome) {
        with_records([&](RateLimiter& one) { one.take_back(charged, outcome); });
    }
};

TEST_F(Charges, CountAsFailuresForEverybody) {
    for (int i = 0; i < 6; ++i)
        EXPECT_TRUE(charge(from("192.0.2.1"))) << i;
    EXPECT_EQ(charge(from("192.0.2.1")).wait(), 1s);
    EXPECT_EQ(charge(from("192.0.2.1", account_key("other"))).wait(), 1s) << "of the network";
    EXPECT_TRUE(charge(from("192.0.2.2")));
    pass(1s);
    EXPECT_TRUE(charge(from("192.0.2.1")));
    EXPECT_EQ(charge(from("192.0.2.1")).wait(), 2s);
}

TEST_F(Charges, OfASuccessLeaveNothingButAKnownNetwork) {
    Admission charged = charge(from("192.0.2.1"));
    EXPECT_EQ(charged.charged_keys().size(), 4U);
    take_back(charged, Outcome::succeeded);
    ASSERT_EQ(kept_.size(), 1U);
    EXPECT_TRUE(is_kept("known account:17 192.0.2.1"));
    charged = charge(from("192.0.2.1"));
    EXPECT_FALSE(is_kept("network 192.0.2.1")) << "it is known";
    take_back(charged, Outcome::succeeded);
    EXPECT_EQ(kept_.size(), 1U);
}

TEST_F(Charges, OfASuccessForgetTheStepsOfThePairAlone) {
    for (int i = 0; i < 6; ++i)
        (void)charge(from("192.0.2.1"));
    pass(1s);
    take_back(charge(from("192.0.2.1")), Outcome::succeeded);
    EXPECT_FALSE(is_kept("guesser account:17 192.0.2.1"));
    EXPECT_TRUE(charge(from("192.0.2.1"))) << "known";
    const std::string others = account_key("other");
    EXPECT_TRUE(charge(from("192.0.2.1", others))) << "the network's wait is over, as before";
    EXPECT_EQ(charge(from("192.0.2.1", others)).wait(), 2s) << "its seventh failure";
}

TEST_F(Charges, ThatAreTakenBackLeaveWhatWasBefore) {
    for (int i = 0; i < 6; ++i)
        (void)charge(from("192.0.2.1"));
    const auto before = kept_;
    pass(2s);
    const Admission charged = charge(from("192.0.2.1"));
    EXPECT_NE(kept_, before);
    take_back(charged, Outcome::abandoned);
    EXPECT_EQ(kept_["network 192.0.2.1"], before.at("network 192.0.2.1"));
    EXPECT_EQ(kept_["guesser account:17 192.0.2.1"], before.at("guesser account:17 192.0.2.1"));
    EXPECT_TRUE(charge(from("192.0.2.1")));
}

// Else a log-in to an account of one's own would cancel guesses that were sent with it.
TEST_F(Charges, ThatAreTakenBackLeaveThoseOfOthers) {
    const AttemptKey own = from("192.0.2.1", account_key(1));
    const Admission charged = charge(own);
    for (UserId id = 2; id < 7; ++id)
        EXPECT_TRUE(charge(from("192.0.2.1", account_key(id))));
    take_back(charged, Outcome::succeeded);
    EXPECT_TRUE(charge(from("192.0.2.1", account_key(8))));
    EXPECT_EQ(charge(from("192.0.2.1", account_key(9))).wait(), 1s);
}

TEST_F(Charges, AreTakenBackFromTheirOwnHour) {
    const Admission charged = charge(from("192.0.2.1"));
    pass(10min);
    (void)charge(from("192.0.2.2"));
    take_back(charged, Outcome::abandoned);
    EXPECT_TRUE(kept_["guesses account:17"].state.ends_with(" 0 0 1")) << "the later one's";
    const Admission old = charge(from("192.0.2.3"));
    pass(2h);
    (void)charge(from("192.0.2.4"));
    take_back(old, Outcome::abandoned);
    EXPECT_TRUE(kept_["guesses account:17"].state.ends_with(" 0 0 1"));
}

TEST_F(Charges, HoldForAnAccountFromAnywhere) {
    int verified = 0;
    for (std::uint32_t i = 0; i < 200; ++i)
        if (charge(at(stranger(i)))) ++verified;
    EXPECT_EQ(verified, 90);
    for (std::uint32_t i = 0; i < 20; ++i)
        if (charge(at(stranger(i), kOwner, 5))) ++verified;
    EXPECT_EQ(verified, 96) << "a session has steps of its own";
}

TEST_F(Charges, HoldForSignUps) {
    std::vector<Admission> charged;
    for (int i = 0; i < 20; ++i)
        charged.push_back(charge_sign_up("192.0.2.1"));
    EXPECT_TRUE(charged.back());
    EXPECT_FALSE(charge_sign_up("192.0.2.1"));
    take_back(charged.back(), Outcome::abandoned);
    EXPECT_TRUE(charge_sign_up("192.0.2.1"));
    EXPECT_FALSE(charge_sign_up("192.0.2.1"));
}

TEST_F(Charges, OfWhatIsNotLimitedAreNone) {
    AttemptKey local(kOwner, std::nullopt);
    EXPECT_TRUE(limiter_->keys_of(local).all().empty());
    const Admission admission = charge(local);
    EXPECT_TRUE(admission);
    EXPECT_TRUE(admission.charged_keys().empty());
    take_back(admission, Outcome::succeeded);
    EXPECT_TRUE(kept_.empty());
}

}  // namespace
}  // namespace roster::accounts
