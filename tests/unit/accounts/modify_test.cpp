#include "unit/accounts/fixture.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <chrono>
#include <utility>

namespace roster::accounts {
namespace {

constexpr UserId kAdmin = 1;
constexpr UserId kUser = 2;
constexpr UserId kOther = 3;
constexpr UserId kNobody = 99;

AccountChange change_of(std::string email, std::string_view password) {
    AccountChange change;
    change.email = std::move(email);
    change.password = Secret(password);
    return change;
}

AccountChange role_change(Role role) {
    AccountChange change;
    change.role = role;
    return change;
}

class Modify : public AccountsTest {
  protected:
    void SetUp() override {
        add("admin@a.com", "right", Role::admin);
        add("user@a.com", "right");
        add("other@a.com", "right");
    }

    result<User> modify(Principal who, UserId id, AccountChange change) {
        return await(accounts_.modify(from_anywhere(who), id, std::move(change))).answer();
    }

    // What becomes of a call if something else happens while its password is being hashed, which is
    // the last of its `hashes`.
    template <class T, class Happening>
    boost::system::error_code outcome_if(boost::asio::awaitable<T> call, Happening happens,
                                         std::uint64_t hashes = 1) {
        boost::asio::io_context context;
        auto outcome = boost::asio::co_spawn(context, std::move(call), boost::asio::use_future);
        // Its hash may be done already, but the call does not continue.
        const auto begun = hasher_.jobs() + hashes;
        while (hasher_.jobs() < begun && context.run_one() != 0) {
        }
        happens();
        context.run();
        const T answer = outcome.get();
        return answer ? boost::system::error_code() : answer.error();
    }
    // The principal of a connection's log-in.
    Principal proved(UserId id) {
        return await(accounts_.principal(AuthenticatedLogin(store_.get(id)))).value();
    }

    void give_new_password(UserId id) {
        UpdateUser update(id);
        update.password_hash = passwords::hash_password(Secret("new by admin"), kCheap).value();
        ASSERT_TRUE(store_.write(std::move(update)));
    }

    const Principal admin_ = Principal::user(kAdmin, Role::admin);
    const Principal user_ = Principal::user(kUser, Role::user);
};

TEST_F(Modify, ChangesEmailAndPassword) {
    const auto user = modify(user_, kUser, change_of("new@a.com", "newer"));
    ASSERT_TRUE(user);
    EXPECT_EQ(user->email, "new@a.com");
    EXPECT_TRUE(user->password_hash.empty());
    EXPECT_FALSE(log_in("user@a.com", "right"));
    EXPECT_FALSE(log_in("new@a.com", "right"));
    EXPECT_TRUE(log_in("new@a.com", "newer"));
}

TEST_F(Modify, LeavesWhatIsNotSet) {
    AccountChange change;
    change.email = "new@a.com";
    ASSERT_TRUE(modify(user_, kUser, change));
    EXPECT_EQ(hasher_.jobs(), 0U);
    EXPECT_TRUE(log_in("new@a.com", "right"));
}

TEST_F(Modify, AnOwnEmailIsNotTaken) {
    EXPECT_EQ(modify(user_, kUser, change_of("USER@a.com", "right"))->email, "USER@a.com");
}

// Each row breaks its own rule and all that are looked at after it.
TEST_F(Modify, LooksForErrorsInTheDocumentedOrder) {
    const auto nobody = Principal::anonymous();
    EXPECT_EQ(modify(nobody, kNobody, change_of("x", "y")).error(), Errc::email_too_short);
    EXPECT_EQ(modify(nobody, kNobody, change_of("xx", "y")).error(), Errc::password_too_short);
    EXPECT_EQ(modify(nobody, kNobody, change_of("admin@a.com", "yy")).error(), Errc::forbidden);
    EXPECT_EQ(modify(user_, kNobody, change_of("admin@a.com", "yy")).error(), Errc::user_not_found);
    EXPECT_EQ(modify(user_, kOther, change_of("admin@a.com", "yy")).error(), Errc::forbidden);

    auto own_role = role_change(Role::admin);
    own_role.email = "admin@a.com";
    EXPECT_EQ(modify(user_, kUser, own_role).error(), Errc::forbidden);

    auto demotion = role_change(Role::user);
    demotion.email = "user@a.com";
    demotion.expected = 12345;
    EXPECT_EQ(modify(admin_, kAdmin, demotion).error(), Errc::email_taken);
    EXPECT_EQ(hasher_.jobs(), 0U);
    EXPECT_EQ(store_.writes(), 3U);  // those of SetUp
}

TEST_F(Modify, AnAdministratorChangesAnybody) {
    EXPECT_EQ(modify(admin_, kOther, role_change(Role::admin))->role, Role::admin);
    AccountChange disabling;
    disabling.disabled = true;
    EXPECT_TRUE(modify(admin_, kUser, disabling)->disabled);
    EXPECT_TRUE(modify(Principal::local_operator(), kUser, change_of("m@m.com", "pw12")));
    // Through the network it is a stranger: --classic-open-put.
    EXPECT_EQ(audit_->last(), "anonymous modify user 2 ok");
    EXPECT_EQ(modify(admin_, kNobody, disabling).error(), Errc::user_not_found);
}

TEST_F(Modify, TakesAnAdministratorForRoleAndDisabled) {
    AccountChange enabling;
    enabling.disabled = false;
    EXPECT_EQ(modify(user_, kUser, enabling).error(), Errc::forbidden);
    EXPECT_EQ(modify(user_, kUser, role_change(Role::user)).error(), Errc::forbidden);
}

TEST_F(Modify, TakesAnAdministratorForWhoOneIsIfThatIsFixed) {
    AccountsOptions fixed = options();
    fixed.users_change_identity = false;
    Accounts accounts(store_, hasher_, std::move(fixed), log_);
    const auto outcome = [&](Principal who, AccountChange change) {
        return await(accounts.modify(from_anywhere(who), kUser, std::move(change))).error();
    };
    AccountChange named;
    named.profile.username = "root";
    EXPECT_EQ(outcome(user_, named), Errc::forbidden);
    EXPECT_EQ(outcome(user_, change_of("root@a.com", "newer")), Errc::forbidden);
    EXPECT_EQ(outcome(user_, change_of("USER@a.com", "newer")), Errc::forbidden);
    // As the classic protocol changes a password.
    EXPECT_FALSE(outcome(user_, change_of("user@a.com", "newer")));
    EXPECT_FALSE(outcome(admin_, named));
    named.profile.username = "";
    EXPECT_EQ(outcome(user_, named), Errc::forbidden);
    EXPECT_FALSE(outcome(admin_, change_of("root@a.com", "newer")));
}

TEST_F(Modify, TakesAnAdministratorForMetadata) {
    AccountChange change;
    change.metadata = R"({"team":"red"})";
    EXPECT_EQ(modify(user_, kUser, change).error(), Errc::forbidden);
    const auto changed = modify(admin_, kUser, change);
    ASSERT_TRUE(changed);
    EXPECT_EQ(changed->metadata, *change.metadata);
    EXPECT_EQ(await(accounts_.view(user_, kUser))->metadata, *change.metadata);
    change.metadata = "null";
    EXPECT_EQ(modify(admin_, kUser, change).error(), Errc::invalid_request);
}

TEST_F(Modify, TheLastAdministratorStays) {
    AccountChange disabling;
    disabling.disabled = true;
    EXPECT_EQ(modify(admin_, kAdmin, role_change(Role::user)).error(), Errc::last_admin);
    EXPECT_EQ(modify(admin_, kAdmin, disabling).error(), Errc::last_admin);
}

TEST_F(Modify, AnotherRevisionThanExpectedChangesNothing) {
    auto change = change_of("new@a.com", "newer");
    change.expected = store_.get(kUser).revision + 1;
    EXPECT_EQ(modify(user_, kUser, change).error(), Errc::revision_mismatch);
    change.expected = store_.get(kUser).revision;
    EXPECT_TRUE(modify(user_, kUser, change));
}

TEST_F(Modify, TheCommitDecidesWhereAnEmailIsTakenMeanwhile) {
    store_.after_find_by_login = [this] { add("new@a.com", "right"); };
    EXPECT_EQ(modify(user_, kUser, change_of("new@a.com", "newer")).error(), Errc::email_taken);
    EXPECT_EQ(store_.get(kUser).email, "user@a.com");
}

TEST_F(Modify, AUserErasedMeanwhileIsNotFound) {
    store_.after_find_by_login = [this] { ASSERT_TRUE(store_.write(EraseUser(kUser))); };
    EXPECT_EQ(modify(user_, kUser, change_of("new@a.com", "newer")).error(), Errc::user_not_found);
}

TEST_F(Modify, ATakenEmailCountsAsASignUpBecauseItTellsWhoHasAnAccount) {
    const auto want = [this](const std::string& email, const std::string& address) {
        return await(accounts_.modify(from(user_, address), kUser, change_of(email, "right")));
    };
    for (int i = 0; i < 20; ++i)
        ASSERT_EQ(want("other@a.com", "192.0.2.1").error(), Errc::email_taken) << i;
    const auto refused = want("other@a.com", "192.0.2.1");
    EXPECT_EQ(refused.error(), Errc::too_many_attempts);
    EXPECT_GT(refused.retry_after(), std::chrono::seconds(0));
    EXPECT_EQ(want("free@a.com", "192.0.2.1").error(), Errc::too_many_attempts)
        << "or a success would tell";
    EXPECT_TRUE(want("USER@a.com", "192.0.2.1")) << "one's own asks for nothing";
    EXPECT_TRUE(want("free@a.com", "192.0.2.2"));
    EXPECT_EQ(await(accounts_.sign_up(from(Principal::anonymous(), "192.0.2.1"),
                                      NewAccount("z@z.com", Secret("pw"))))
                  .error(),
              Errc::too_many_attempts);
    const auto of_admin =
        await(accounts_.modify(from(admin_, "192.0.2.1"), kUser, change_of("other@a.com", "pw")));
    EXPECT_EQ(of_admin.error(), Errc::email_taken);
}

TEST_F(Modify, CallersWhoLoseTheirRightsWhileAPasswordIsHashedChangeNothing) {
    const auto change = [this](Principal who, UserId id) {
        return accounts_.modify(from_anywhere(who), id, change_of("thief@a.com", "thief"));
    };
    EXPECT_EQ(outcome_if(change(proved(kUser), kUser), [&] { give_new_password(kUser); }),
              Errc::forbidden);
    EXPECT_EQ(outcome_if(change(proved(kOther), kOther), [&] { disable(kOther); }),
              Errc::forbidden);
    const User second = add("second@a.com", "right", Role::admin);
    EXPECT_EQ(outcome_if(change(proved(second.id), kUser),
                         [&] {
                             UpdateUser demotion(second.id);
                             demotion.role = Role::user;
                             ASSERT_TRUE(store_.write(std::move(demotion)));
                         }),
              Errc::forbidden);
    EXPECT_EQ(store_.get(kUser).email, "user@a.com");
    EXPECT_TRUE(log_in("user@a.com", "new by admin"));
    EXPECT_EQ(outcome_if(change(proved(kUser), kUser), [] {}), boost::system::error_code());
}

TEST_F(Modify, CallersWhoLoseTheirRightsWhileTheyChangeAPasswordChangeNothing) {
    const auto change = [this](Principal who, UserId id) {
        PasswordChange wanted(Secret("thief"));
        wanted.current_password = Secret("right");
        return accounts_.change_password(from_anywhere(who), id, std::move(wanted));
    };
    // The present password is verified, and the new one hashed.
    constexpr std::uint64_t kOwnHashes = 2;
    const auto unlucky = [&](UserId id, const auto& happens) {
        return outcome_if(change(proved(id), id), happens, kOwnHashes);
    };
    EXPECT_EQ(unlucky(kUser, [&] { give_new_password(kUser); }), Errc::forbidden);
    EXPECT_EQ(unlucky(kOther, [&] { disable(kOther); }), Errc::forbidden);
    const User second = add("second@a.com", "right", Role::admin);
    const auto demote = [&] {
        UpdateUser demotion(second.id);
        demotion.role = Role::user;
        ASSERT_TRUE(store_.write(std::move(demotion)));
    };
    EXPECT_EQ(outcome_if(change(proved(second.id), kUser), demote), Errc::forbidden);
    EXPECT_TRUE(log_in("user@a.com", "new by admin"));
    EXPECT_EQ(unlucky(kAdmin, [] {}), boost::system::error_code());
}

TEST_F(Modify, TheAuditLogSaysWhatWasToChange) {
    AccountChange change = role_change(Role::admin);
    change.disabled = true;
    change.email = "secret@a.com";
    change.metadata = "{}";
    change.password = Secret("hush");
    ASSERT_TRUE(modify(admin_, kUser, change));
    EXPECT_EQ(audit_->all().front().detail, "email, password, role admin, disabled, metadata");
    ASSERT_TRUE(await(accounts_.sign_up(from_anywhere(admin_),
                                        NewAccount("x@x.com", Secret("pw"), Role::admin))));
    EXPECT_EQ(audit_->all().back().detail, "role admin");
}

TEST_F(Modify, AProfileIsOnesOwnButForGroups) {
    const auto change_as = [this](Principal who, const auto& set) {
        AccountChange change;
        set(change.profile);
        return await(accounts_.modify(from_anywhere(who), kUser, std::move(change)));
    };
    const Principal self = Principal::user(kUser, Role::user);
    const auto name = [](ProfileChange& profile) {
        profile.username = "u";
        profile.locale = "de";
    };
    EXPECT_TRUE(change_as(self, name));
    EXPECT_EQ(audit_->all().back().detail, "username, locale");
    const auto groups = [](ProfileChange& profile) { profile.groups.emplace(); };
    const auto verified = [](ProfileChange& profile) { profile.email_verified_at.emplace(); };
    EXPECT_EQ(change_as(self, groups).error(), Errc::forbidden);
    EXPECT_EQ(change_as(self, verified).error(), Errc::forbidden);
    EXPECT_TRUE(change_as(Principal::local_operator(), groups));
    EXPECT_EQ(store_.get(kUser).profile.username, "u");
}

}  // namespace
}  // namespace roster::accounts
