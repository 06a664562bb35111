// Sessions through the one entry point: from the password to the token, and to every way it ends.

#include "unit/accounts/fixture.hpp"

#include <map>

namespace roster::accounts {
namespace {

using namespace std::chrono_literals;

class AccountSessions : public AccountsTest {
  protected:
    void SetUp() override {
        add("admin@a.com", "right", Role::admin);
        add("user@a.com", "right");
    }

    LoggedIn open(std::string email = "user@a.com") {
        auto opened = await(accounts_.open_session(from_anywhere(Principal::anonymous()),
                                                   std::move(email), Secret("right"), "laptop"));
        EXPECT_TRUE(opened) << opened.error().message();
        return std::move(*opened);
    }
    result<Principal> authenticate(const LoggedIn& logged_in) {
        return await(accounts_.authenticate(logged_in.opened.token.reveal()));
    }
    RequestContext caller(const LoggedIn& logged_in) {
        return from_anywhere(*authenticate(logged_in));
    }
    Attempt<User> change_password(RequestContext who, UserId id, std::string_view current,
                                  std::string_view replacement, bool keep = false) {
        PasswordChange change{Secret(replacement)};
        if (!current.empty()) change.current_password = Secret(current);
        change.keep_other_sessions = keep;
        return await(accounts_.change_password(std::move(who), id, std::move(change)));
    }
    Attempt<User> refused_open(std::string email, std::string_view password) {
        const auto opened = await(accounts_.open_session(from_anywhere(Principal::anonymous()),
                                                         std::move(email), Secret(password), ""));
        return opened.error();
    }

    const Principal admin_ = Principal::user(1, Role::admin);
};

TEST_F(AccountSessions, ATokenResolvesToItsUser) {
    const LoggedIn logged_in = open();
    const auto who = authenticate(logged_in);
    ASSERT_TRUE(who);
    EXPECT_EQ(who->id(), 2U);
    EXPECT_FALSE(who->is_admin());
    EXPECT_EQ(who->session(), logged_in.opened.session.id);
    EXPECT_TRUE(logged_in.user.password_hash.empty());
    EXPECT_EQ(audit_->last(), "user 2 open_session session 1 ok");
}

TEST_F(AccountSessions, OtherTextsAreUnauthenticated) {
    open();
    for (const std::string& text :
         {std::string(), std::string("rst_"), std::string(50, 'A'), "rst_" + std::string(43, 'A')})
        EXPECT_EQ(await(accounts_.authenticate(text)).error(), Errc::unauthenticated);
}

TEST_F(AccountSessions, AWrongPasswordOpensNone) {
    EXPECT_EQ(refused_open("user@a.com", "wrong").error(), Errc::invalid_credentials);
    EXPECT_EQ(refused_open("nobody@a.com", "right").error(), Errc::invalid_credentials);
    EXPECT_EQ(store_.status().sessions, 0U);
}

TEST_F(AccountSessions, ALogOutEndsIt) {
    const LoggedIn one = open();
    const LoggedIn other = open();
    ASSERT_TRUE(await(accounts_.end_session(caller(one), one.opened.session.id)));
    EXPECT_EQ(authenticate(one).error(), Errc::session_revoked);
    EXPECT_TRUE(authenticate(other));
    EXPECT_EQ(audit_->last(), "user 2 end_session session 1 ok");
}

TEST_F(AccountSessions, ARoleCountsAtOnce) {
    const LoggedIn logged_in = open();
    AccountChange promotion;
    promotion.role = Role::admin;
    ASSERT_TRUE(await(accounts_.modify(from_anywhere(admin_), 2, promotion)));
    EXPECT_TRUE(authenticate(logged_in)->is_admin());
    promotion.role = Role::user;
    ASSERT_TRUE(await(accounts_.modify(from_anywhere(admin_), 2, promotion)));
    EXPECT_FALSE(authenticate(logged_in)->is_admin());
}

TEST_F(AccountSessions, DisablingEndsAllForGood) {
    const LoggedIn logged_in = open();
    AccountChange change;
    change.disabled = true;
    ASSERT_TRUE(await(accounts_.modify(from_anywhere(admin_), 2, change)));
    EXPECT_EQ(authenticate(logged_in).error(), Errc::session_revoked);
    change.disabled = false;
    ASSERT_TRUE(await(accounts_.modify(from_anywhere(admin_), 2, change)));
    EXPECT_EQ(authenticate(logged_in).error(), Errc::session_revoked);
    EXPECT_EQ(store_.status().sessions, 0U);
}

// As a hand edit does it, or another program: past the rules.
TEST_F(AccountSessions, DisablingPastTheRulesEndsAllForGood) {
    const LoggedIn logged_in = open();
    disable(2);
    EXPECT_EQ(authenticate(logged_in).error(), Errc::session_revoked);
    UpdateUser enabling(2);
    enabling.disabled = false;
    ASSERT_TRUE(store_.write(std::move(enabling)));
    EXPECT_EQ(authenticate(logged_in).error(), Errc::session_revoked);
    EXPECT_TRUE(await(accounts_.sessions(admin_, 2))->empty());
}

TEST_F(AccountSessions, ErasingEndsAll) {
    const LoggedIn logged_in = open();
    ASSERT_TRUE(await(accounts_.erase(from_anywhere(admin_), 2, std::nullopt)));
    EXPECT_EQ(authenticate(logged_in).error(), Errc::session_revoked);
    EXPECT_EQ(audit_->last(), "user 1 erase user 2 ok");
}

TEST_F(AccountSessions, AChangedPasswordEndsTheOthers) {
    const LoggedIn own = open();
    const LoggedIn other = open();
    ASSERT_TRUE(change_password(caller(own), 2, "right", "newer"));
    EXPECT_TRUE(authenticate(own));
    EXPECT_EQ(authenticate(other).error(), Errc::session_revoked);
    EXPECT_TRUE(log_in("user@a.com", "newer"));
    EXPECT_FALSE(log_in("user@a.com", "right"));
}

TEST_F(AccountSessions, AChangedPasswordKeepsTheOthersWhereThatIsAskedFor) {
    const LoggedIn own = open();
    const LoggedIn other = open();
    ASSERT_TRUE(change_password(caller(own), 2, "right", "newer", true));
    EXPECT_TRUE(authenticate(own));
    EXPECT_TRUE(authenticate(other));
}

TEST_F(AccountSessions, APasswordSetByAnAdministratorEndsAll) {
    const LoggedIn logged_in = open();
    ASSERT_TRUE(change_password(from_anywhere(admin_), 2, "", "newer"));
    EXPECT_EQ(authenticate(logged_in).error(), Errc::session_revoked);
}

TEST_F(AccountSessions, AnOwnPasswordNeedsTheCurrentOne) {
    const LoggedIn own = open();
    EXPECT_EQ(change_password(caller(own), 2, "", "newer").error(), Errc::invalid_credentials);
    EXPECT_EQ(change_password(caller(own), 2, "wrong", "newer").error(), Errc::invalid_credentials);
    EXPECT_EQ(change_password(caller(own), 1, "right", "newer").error(), Errc::forbidden);
    EXPECT_EQ(change_password(from_anywhere(admin_), 1, "", "newer").error(),
              Errc::invalid_credentials);
    EXPECT_EQ(change_password(from_anywhere(admin_), 9, "", "newer").error(), Errc::user_not_found);
    EXPECT_EQ(change_password(from_anywhere(Principal::anonymous()), 2, "right", "newer").error(),
              Errc::forbidden);
    EXPECT_TRUE(log_in("user@a.com", "right"));
}

TEST_F(AccountSessions, ARehashAtLogInEndsNothing) {
    const LoggedIn logged_in = open();
    const auto old = passwords::hash_password(Secret("right"), passwords::HashCost{8, 1}).value();
    UpdateUser outdated(2);
    outdated.password_hash = old;
    outdated.keeps_credentials = true;
    ASSERT_TRUE(store_.write(std::move(outdated)));
    ASSERT_TRUE(log_in("user@a.com", "right"));
    EXPECT_NE(store_.get(2).password_hash.reveal(), old.reveal());
    EXPECT_TRUE(authenticate(logged_in));
}

TEST_F(AccountSessions, SessionsOfOthersLookLikeMissingOnes) {
    const LoggedIn admin = open("admin@a.com");
    const LoggedIn user = open();
    const SessionId admins = admin.opened.session.id;
    EXPECT_EQ(await(accounts_.end_session(caller(user), admins)).error(), Errc::session_not_found);
    EXPECT_EQ(await(accounts_.end_session(caller(user), 999)).error(), Errc::session_not_found);
    EXPECT_EQ(await(accounts_.end_session(from_anywhere(Principal::anonymous()), admins)).error(),
              Errc::forbidden);
    EXPECT_EQ(await(accounts_.sessions(*authenticate(user), 1)).error(), Errc::forbidden);
    EXPECT_EQ(await(accounts_.end_sessions(caller(user), 1, false)).error(), Errc::forbidden);
    EXPECT_TRUE(authenticate(admin));
    EXPECT_TRUE(await(accounts_.end_session(caller(admin), user.opened.session.id)));
    EXPECT_EQ(authenticate(user).error(), Errc::session_revoked);
}

TEST_F(AccountSessions, AllOrAllOthersEndAtOnce) {
    const LoggedIn one = open();
    const LoggedIn two = open();
    EXPECT_EQ(await(accounts_.end_sessions(caller(one), 2, true)).value(), 1U);
    EXPECT_TRUE(authenticate(one));
    EXPECT_EQ(authenticate(two).error(), Errc::session_revoked);
    EXPECT_EQ(await(accounts_.end_sessions(caller(one), 2, false)).value(), 1U);
    EXPECT_EQ(authenticate(one).error(), Errc::session_revoked);
    EXPECT_EQ(await(accounts_.end_sessions(from_anywhere(admin_), 9, false)).error(),
              Errc::user_not_found);
}

TEST_F(AccountSessions, AConnectionsLogInEndsWithThePassword) {
    const auto user = log_in("user@a.com", "right");
    ASSERT_TRUE(user);
    const AuthenticatedLogin proof(*user);
    EXPECT_TRUE(await(accounts_.principal(proof)));
    ASSERT_TRUE(change_password(from_anywhere(admin_), 2, "", "newer"));
    EXPECT_EQ(await(accounts_.principal(proof)).error(), Errc::unauthenticated);
}

TEST_F(AccountSessions, NoPasswordTellsAnythingOfADisabledAccount) {
    disable(2);
    const auto guess = [this](std::string_view password) {
        return await(accounts_.log_in(from(Principal::anonymous(), "192.0.2.1"), "user@a.com",
                                      Secret(password)))
            .error();
    };
    for (const std::string_view password : {"wrong", "right", "wrong", "right", "right", "right"})
        EXPECT_EQ(guess(password), Errc::invalid_credentials);
    EXPECT_EQ(guess("right"), Errc::too_many_attempts) << "the right one counts as a wrong one";
}

TEST_F(AccountSessions, ATokenIsInNoLogAndNoEvent) {
    const LoggedIn logged_in = open();
    const std::string token(logged_in.opened.token.reveal());
    EXPECT_EQ(logged().find(token), std::string::npos);
    for (const AuditEvent& event : audit_->all())
        EXPECT_EQ((event.actor + event.action + event.target + event.outcome).find(token),
                  std::string::npos);
}

TEST_F(AccountSessions, ALogInWithoutASessionIsWrittenLater) {
    const auto last = [this] { return store_.get(1).last_login_at; };
    const auto log_in_and_stop = [this, &last] {
        Accounts accounts(store_, hasher_, options(), log_);
        EXPECT_TRUE(await(accounts.log_in(from_anywhere(Principal::anonymous()), "admin@a.com",
                                          Secret("right"))));
        return last();
    };
    EXPECT_EQ(log_in_and_stop(), std::nullopt) << "no log-in waits for it";
    EXPECT_EQ(last(), clock_.clock().wall());
    const std::size_t writes = store_.session_writes();
    log_in_and_stop();
    EXPECT_EQ(store_.session_writes(), writes) << "the last one was less than a minute ago";
    EXPECT_EQ(store_.get(1).revision, 1U);
}

TEST_F(AccountSessions, ALogInWithASessionIsWrittenWithIt) {
    const LoggedIn opened = open();
    EXPECT_EQ(opened.user.last_login_at, clock_.clock().wall());
    EXPECT_EQ(store_.get(2).last_login_at, clock_.clock().wall());
    EXPECT_EQ(store_.session_writes(), 1U);
}

}  // namespace
}  // namespace roster::accounts
