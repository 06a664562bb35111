#include "support/password_hashes.hpp"
#include "unit/accounts/fixture.hpp"

#include <chrono>
#include <memory>

namespace roster::accounts {
namespace {

using namespace std::chrono_literals;

class LogIn : public AccountsTest {
  protected:
    void SetUp() override {
        add("a@a.com", "right", Role::admin);
        add("b@b.com", "right");
    }
};

TEST_F(LogIn, ReturnsTheUserWithoutAHash) {
    const auto user = log_in("A@a.com", "right");
    ASSERT_TRUE(user);
    EXPECT_EQ(user->id, 1U);
    EXPECT_EQ(user->role, Role::admin);
    EXPECT_TRUE(user->password_hash.empty());
    EXPECT_EQ(store_.writes(), 2U);  // those of SetUp
}

TEST_F(LogIn, EveryFailureIsTheSameAndCostsTheSame) {
    disable(2);
    store_.add("none@a.com", "");
    store_.add("broken@a.com", "$argon2id$v=19$m=9999999,t=1,p=1$c2FsdHNhbHQ$aGFzaA");
    struct Attempt {
        std::string email;
        std::string password;
    };
    for (const Attempt& attempt :
         {Attempt{"a@a.com", "wrong"}, Attempt{"x@x.com", "right"}, Attempt{"b@b.com", "wrong"},
          Attempt{"none@a.com", ""}, Attempt{"none@a.com", "nobody"},
          Attempt{"broken@a.com", "right"}, Attempt{"", ""}, Attempt{"a@a.com", "\xFF"},
          Attempt{std::string(300, 'a'), "right"}}) {
        const auto before = hasher_.jobs();
        EXPECT_EQ(log_in(attempt.email, attempt.password).error(), Errc::invalid_credentials)
            << attempt.email;
        EXPECT_EQ(hasher_.jobs(), before + 1) << attempt.email;
    }
    EXPECT_TRUE(log_in("a@a.com", "right"));
}

TEST_F(LogIn, AnUnusableHashIsLogged) {
    store_.add("broken@a.com", "plain");
    EXPECT_FALSE(log_in("broken@a.com", "plain"));
    EXPECT_NE(logged().find("the password hash of user 3 cannot be used"), std::string::npos);
}

TEST_F(LogIn, HashesAgainWhatIsOutdated) {
    const auto old = passwords::hash_password(Secret("right"), passwords::HashCost{8, 1}).value();
    const auto user = store_.add("old@a.com", old.reveal());
    const auto logged_in = log_in("old@a.com", "right");
    ASSERT_TRUE(logged_in);
    const auto kept = store_.get(user.id);
    EXPECT_TRUE(kept.password_hash.reveal().starts_with("$argon2id$v=19$m=16,t=1,p=1$"));
    EXPECT_EQ(logged_in->revision, kept.revision);
    EXPECT_TRUE(logged_in->password_hash.empty());
    EXPECT_TRUE(log_in("old@a.com", "right"));
    EXPECT_EQ(store_.get(user.id).revision, kept.revision);
}

TEST_F(LogIn, ReplacesTheHashesOfOtherPrograms) {
    int number = 0;
    for (const auto& known : testing::kKnownHashes) {
        const std::string email = "imported" + std::to_string(++number) + "@a.com";
        const auto user = store_.add(email, known.hash);
        EXPECT_EQ(log_in(email, "wrong").error(), Errc::invalid_credentials) << known.hash;
        EXPECT_EQ(store_.get(user.id).password_hash.reveal(), known.hash);
        EXPECT_TRUE(log_in(email, known.password)) << known.hash;
        const auto kept = store_.get(user.id);
        // One that another roster could have made, at a higher cost, stays.
        const bool is_as_good = known.hash.starts_with("$argon2id$v=19$m=256,t=2,p=1$");
        EXPECT_EQ(kept.password_hash.reveal() == known.hash, is_as_good);
        EXPECT_TRUE(is_as_good ||
                    kept.password_hash.reveal().starts_with("$argon2id$v=19$m=16,t=1,p=1$"))
            << known.hash;
        EXPECT_TRUE(log_in(email, known.password)) << known.hash;
        EXPECT_EQ(store_.get(user.id).revision, kept.revision) << known.hash;
        EXPECT_FALSE(log_in(email, "wrong")) << known.hash;
    }
}

TEST_F(LogIn, AWrongPasswordIsNotHashedAgain) {
    const auto old = passwords::hash_password(Secret("right"), passwords::HashCost{8, 1}).value();
    const auto user = store_.add("old@a.com", old.reveal());
    EXPECT_FALSE(log_in("old@a.com", "wrong"));
    EXPECT_EQ(store_.get(user.id).revision, user.revision);
}

TEST_F(LogIn, SucceedsThoughTheNewHashCannotBeStored) {
    const auto old = passwords::hash_password(Secret("right"), passwords::HashCost{8, 1}).value();
    store_.add("old@a.com", old.reveal());
    store_.fail_writes = Errc::store_unavailable;
    const auto user = log_in("old@a.com", "right");
    ASSERT_TRUE(user);
    EXPECT_TRUE(user->password_hash.empty());
    EXPECT_NE(logged().find("was not stored"), std::string::npos);
}

TEST_F(LogIn, IsRecordedOfItsUserAndOfTheEmailAsItWasTyped) {
    EXPECT_TRUE(log_in("b@b.com", "right"));
    EXPECT_EQ(audit_->last(), "user 2 log_in user 2 ok");
    EXPECT_FALSE(log_in("user 2", "right"));
    EXPECT_EQ(audit_->last(), "anonymous log_in email user 2 invalid_credentials");
    EXPECT_FALSE(log_in("a\r\n\\x0D", "right"));
    EXPECT_EQ(audit_->last(), "anonymous log_in email a\r\n\\x0D invalid_credentials");
}

TEST_F(LogIn, IsRefusedWhereTheUserWasDisabledMeanwhile) {
    store_.after_find_by_login = [this] { disable(2); };
    EXPECT_EQ(log_in("b@b.com", "right").error(), Errc::invalid_credentials);
    EXPECT_EQ(audit_->last(), "anonymous log_in user 2 account_disabled");
}

TEST_F(LogIn, SucceedsWhereAnotherOneHashedThePasswordAgainMeanwhile) {
    store_.after_find_by_login = [this] {
        UpdateUser update(2);
        update.password_hash = passwords::hash_password(Secret("right"), kCheap).value();
        update.keeps_credentials = true;
        ASSERT_TRUE(store_.write(std::move(update)));
    };
    EXPECT_TRUE(log_in("b@b.com", "right"));
}

TEST_F(LogIn, IsRefusedWhereAnotherPasswordKeepsTheCredentials) {
    store_.after_find_by_login = [this] {
        UpdateUser update(2);
        update.password_hash = passwords::hash_password(Secret("newer"), kCheap).value();
        update.keeps_credentials = true;
        ASSERT_TRUE(store_.write(std::move(update)));
    };
    EXPECT_EQ(log_in("b@b.com", "right").error(), Errc::invalid_credentials);
}

TEST_F(LogIn, IsRefusedWhereThePasswordWasChangedMeanwhile) {
    store_.after_find_by_login = [this] {
        UpdateUser update(2);
        update.password_hash = passwords::hash_password(Secret("newer"), kCheap).value();
        ASSERT_TRUE(store_.write(std::move(update)));
    };
    EXPECT_EQ(log_in("b@b.com", "right").error(), Errc::invalid_credentials);
}

TEST_F(LogIn, IsRefusedWhereTheUserWasErasedMeanwhile) {
    store_.after_find_by_login = [this] { ASSERT_TRUE(store_.write(EraseUser(2))); };
    EXPECT_EQ(log_in("b@b.com", "right").error(), Errc::invalid_credentials);
}

TEST_F(LogIn, ReturnsTheCurrentRole) {
    store_.after_find_by_login = [this] {
        UpdateUser update(2);
        update.role = Role::admin;
        ASSERT_TRUE(store_.write(std::move(update)));
    };
    EXPECT_EQ(log_in("b@b.com", "right")->role, Role::admin);
}

TEST_F(LogIn, AFailingStoreIsNoWrongPassword) {
    store_.fail_reads = Errc::store_unavailable;
    EXPECT_EQ(log_in("a@a.com", "right").error(), Errc::store_unavailable);
}

TEST_F(LogIn, TakesAUsernameForTheEmail) {
    const User bob = add("bob@b.com", "bobs", Role::user);
    UpdateUser update(bob.id);
    update.profile.username = "Bob";
    ASSERT_TRUE(store_.write(update));
    EXPECT_EQ(log_in("bOB", "bobs")->id, bob.id);
    EXPECT_EQ(log_in("bob", "wrong").error(), Errc::invalid_credentials);
    EXPECT_EQ(audit_->last(), "anonymous log_in user 3 invalid_credentials");
    EXPECT_EQ(log_in("bob@", "bobs").error(), Errc::invalid_credentials);
}

TEST_F(LogIn, GuessesAreCountedForTheUserHoweverTheyAreCalled) {
    const User bob = add("bob@b.com", "bobs", Role::user);
    UpdateUser update(bob.id);
    update.profile.username = "bob";
    ASSERT_TRUE(store_.write(update));
    const auto guess = [this](std::string login) {
        return await(accounts_.log_in(from(Principal::anonymous(), "127.0.0.1"), std::move(login),
                                      Secret("wrong")));
    };
    // All networks but loopback are limited as such, too.
    int guesses = 0;
    for (; guess("bob@b.com").error() == Errc::invalid_credentials; ++guesses)
        ASSERT_LT(guesses, 1000);
    EXPECT_EQ(guess("bob").error(), Errc::too_many_attempts);
    EXPECT_EQ(guess("nobody").error(), Errc::invalid_credentials);
}

class LogInAfterARestart : public LogIn {
  protected:
    // Until it is delayed, by the first server of a boot.
    void guess_on(const char* boot) {
        clock_.set_boot(boot);
        restart();
        for (int i = 0; i < 6; ++i)
            EXPECT_EQ(guess(), Errc::invalid_credentials);
        EXPECT_EQ(guess(), Errc::too_many_attempts);
    }
    void restart() {
        restarted_.reset();
        restarted_ = std::make_unique<Accounts>(store_, hasher_, options(), log_);
    }
    boost::system::error_code guess() {
        return await(restarted_->log_in(from(Principal::anonymous(), "192.0.2.1"), "a@a.com",
                                        Secret("wrong")))
            .error();
    }

    std::unique_ptr<Accounts> restarted_;
};

TEST_F(LogInAfterARestart, WaitsAlthoughTheClockWasSetAhead) {
    guess_on("one");
    clock_.jump(26h);
    restart();
    EXPECT_EQ(guess(), Errc::too_many_attempts);
    EXPECT_NE(logged().find("the clock is 1560 minutes ahead"), std::string::npos) << logged();
    restart();
    EXPECT_EQ(guess(), Errc::too_many_attempts) << "it stays so";
    clock_.jump(5 * 24h);
    restart();
    EXPECT_EQ(guess(), Errc::too_many_attempts) << "a week at most";
}

TEST_F(LogInAfterARestart, CountsTheTimeThatHasPassedByTheUptime) {
    guess_on("one");
    clock_.jump(26h);
    clock_.pass(2h);
    restart();
    for (int i = 0; i < 6; ++i)
        EXPECT_EQ(guess(), Errc::invalid_credentials) << "all is forgotten";
    EXPECT_EQ(guess(), Errc::too_many_attempts);
}

TEST_F(LogInAfterARestart, BelievesTheClockAfterABoot) {
    guess_on("one");
    clock_.jump(2h);
    clock_.set_boot("two");
    restart();
    EXPECT_EQ(guess(), Errc::invalid_credentials);
    EXPECT_EQ(logged().find("ahead"), std::string::npos);
}

}  // namespace
}  // namespace roster::accounts
