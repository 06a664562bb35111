// Sessions that are no person's log-in: for programs, for proxies, and to set a password.

#include "unit/accounts/fixture.hpp"

#include <string>

namespace roster::accounts {
namespace {

using namespace std::chrono_literals;

class AccountTokens : public AccountsTest {
  protected:
    void SetUp() override {
        add("admin@a.com", "right", Role::admin);
        add("user@a.com", "right");
    }

    LoggedIn open() {
        return std::move(*await(accounts_.open_session(from_anywhere(Principal::anonymous()),
                                                       "user@a.com", Secret("right"), "")));
    }
    result<Principal> authenticate(const Secret& token, SessionKinds kinds = kLoginKinds) {
        return await(accounts_.authenticate(token.reveal(), kinds));
    }
    RequestContext user() { return from_anywhere(*authenticate(open().opened.token)); }
    result<OpenedSession> create_token(RequestContext who,
                                       std::optional<std::chrono::seconds> expires_in = {}) {
        return await(accounts_.create_token(std::move(who), "backup", expires_in));
    }
    result<OpenedSession> create_link(std::chrono::seconds expires_in = 24h, UserId id = 2) {
        return await(accounts_.create_password_link(from_anywhere(Principal::user(1, Role::admin)),
                                                    id, LinkPurpose::reset, expires_in));
    }
    Attempt<User> redeem(const Secret& token, std::string_view password = "fresh") {
        return await(accounts_.redeem_password_link(from_anywhere(Principal::anonymous()), token,
                                                    Secret(password)));
    }
    void change_email(std::string email) {
        UpdateUser update(2);
        update.email = std::move(email);
        ASSERT_TRUE(store_.write(update));
    }
};

TEST_F(AccountTokens, OneOfAProgramIsItsUsersUntilItsEnd) {
    const auto token = create_token(user(), 100 * 24h);
    ASSERT_TRUE(token);
    EXPECT_EQ(audit_->last(), "user 2 create_token session 2 ok");
    EXPECT_TRUE(token->token.reveal().starts_with("rst_"));
    EXPECT_EQ(token->session.kind, SessionKind::token);
    EXPECT_EQ(token->session.label, "backup");
    clock_.pass(100 * 24h - 1s);
    EXPECT_EQ(authenticate(token->token)->id(), 2U) << "idle for longer than a log-in may be";
    EXPECT_EQ(authenticate(token->token, SessionKind::login).error(), Errc::unauthenticated);
    clock_.pass(1s);
    EXPECT_EQ(authenticate(token->token).error(), Errc::session_expired);
}

TEST_F(AccountTokens, OneOfAProgramOutlivesARestartAndEndsWithThePassword) {
    const auto token = create_token(user());
    clock_.pass(60 * 24h);
    Accounts again(store_, hasher_, options(), log_);
    EXPECT_TRUE(await(again.authenticate(token->token.reveal())));
    UpdateUser update(2);
    update.password_hash = Secret("other");
    ASSERT_TRUE(store_.write(update));
    EXPECT_EQ(await(again.authenticate(token->token.reveal())).error(), Errc::session_revoked);
}

TEST_F(AccountTokens, OneOfAProgramIsForAUserAndNotForEver) {
    EXPECT_EQ(create_token(from_anywhere(Principal::anonymous())).error(), Errc::forbidden);
    EXPECT_EQ(create_token(from_anywhere(Principal::local_operator())).error(), Errc::forbidden);
    const RequestContext who = user();
    EXPECT_EQ(create_token(who, 0s).error(), Errc::invalid_request);
    EXPECT_EQ(create_token(who, Sessions::kLongest + 1s).error(), Errc::invalid_request);
    disable(2);
    EXPECT_EQ(create_token(who).error(), Errc::forbidden) << "proved before that";
}

TEST_F(AccountTokens, OneOfAProxyOpensNothingElseAndEndsWithTheLogIn) {
    const LoggedIn login = open();
    const RequestContext who = from_anywhere(*authenticate(login.opened.token));
    const auto forward = await(accounts_.open_forward(who));
    ASSERT_TRUE(forward);
    EXPECT_EQ(forward->session.parent, login.opened.session.id);
    EXPECT_EQ(authenticate(forward->token).error(), Errc::unauthenticated);
    EXPECT_EQ(authenticate(forward->token, kLoginKinds | SessionKind::forward)->id(), 2U);
    const auto nested = await(
        accounts_.open_forward(from_anywhere(*authenticate(forward->token, SessionKind::forward))));
    EXPECT_EQ(nested.error(), Errc::forbidden);
    ASSERT_TRUE(await(accounts_.end_session(who, login.opened.session.id)));
    EXPECT_EQ(authenticate(forward->token, SessionKind::forward).error(), Errc::session_revoked);
    EXPECT_TRUE(await(store_.sessions_of(2))->empty());
}

TEST_F(AccountTokens, ALinkSetsThePasswordOnceAndEndsAllSessions) {
    const LoggedIn login = open();
    const auto link = create_link();
    ASSERT_TRUE(link);
    EXPECT_EQ(audit_->last(), "user 1 create_password_link user 2 ok");
    const auto changed = redeem(link->token);
    ASSERT_TRUE(changed) << changed.error().message();
    EXPECT_TRUE(changed->password_hash.empty());
    EXPECT_TRUE(log_in("user@a.com", "fresh"));
    EXPECT_FALSE(log_in("user@a.com", "right"));
    EXPECT_EQ(authenticate(login.opened.token).error(), Errc::session_revoked);
    EXPECT_TRUE(await(store_.sessions_of(2))->empty());
    EXPECT_EQ(redeem(link->token, "again").error(), Errc::session_revoked);
    EXPECT_EQ(audit_->last(), "anonymous redeem_password_link  session_revoked");
}

TEST_F(AccountTokens, ALinkIsNoLogIn) {
    const auto link = create_link();
    EXPECT_EQ(authenticate(link->token).error(), Errc::unauthenticated);
    EXPECT_EQ(redeem(open().opened.token).error(), Errc::unauthenticated);
    EXPECT_EQ(redeem(Secret("rst_nothing")).error(), Errc::unauthenticated);
}

TEST_F(AccountTokens, ALinkIsVoidAfterAnotherEmailOrPasswordOrItsTime) {
    const auto by_email = create_link();
    change_email("new@a.com");
    EXPECT_EQ(redeem(by_email->token).error(), Errc::session_revoked);
    change_email("USER@a.com");
    EXPECT_TRUE(create_link(1h));
    const auto late = create_link(1h);
    clock_.pass(1h);
    EXPECT_EQ(redeem(late->token).error(), Errc::session_expired);
    const auto first = create_link();
    const auto second = create_link();
    EXPECT_TRUE(redeem(first->token));
    EXPECT_EQ(redeem(second->token).error(), Errc::session_revoked);
}

TEST_F(AccountTokens, ALinkIsVoidAfterAPasswordThatKeptTheSessions) {
    const LoggedIn login = open();
    const auto link = create_link();
    PasswordChange change(Secret("mine"));
    change.current_password = Secret("right");
    change.keep_other_sessions = true;
    const RequestContext who = from_anywhere(*authenticate(login.opened.token));
    ASSERT_TRUE(await(accounts_.change_password(who, 2, std::move(change))));
    EXPECT_TRUE(authenticate(login.opened.token));
    EXPECT_FALSE(redeem(link->token));
    EXPECT_TRUE(log_in("user@a.com", "mine"));
}

TEST_F(AccountTokens, ALinkStaysVoidWhenTheOldEmailIsBack) {
    const auto link = create_link();
    EXPECT_EQ(await(accounts_.view_password_link(link->token.reveal()))->email, "user@a.com");
    const RequestContext admin = from_anywhere(Principal::user(1, Role::admin));
    for (const char* email : {"new@a.com", "user@a.com"}) {
        AccountChange change;
        change.email = email;
        ASSERT_TRUE(await(accounts_.modify(admin, 2, std::move(change))));
        EXPECT_EQ(class_of(await(accounts_.view_password_link(link->token.reveal())).error()),
                  ErrorClass::unauthenticated);
        EXPECT_FALSE(redeem(link->token));
    }
}

TEST_F(AccountTokens, WhoMayNoLongerIsAskedAgain) {
    add("other@a.com", "right", Role::admin);
    const auto log_in_as_admin = [this] {
        const auto opened = await(accounts_.open_session(from_anywhere(Principal::anonymous()),
                                                         "admin@a.com", Secret("right"), ""));
        return *authenticate(opened->opened.token);
    };
    const auto import = [this](Principal who) {
        std::vector<CreateUser> users;
        users.emplace_back("imported@a.com", Secret("hash"), Role::admin);
        return await(accounts_.import(from_anywhere(who), std::move(users))).error();
    };
    const Principal logged_out = log_in_as_admin();
    EXPECT_TRUE(await(accounts_.still_may(logged_out)));
    ASSERT_TRUE(await(accounts_.end_session(from_anywhere(logged_out), logged_out.session())));
    EXPECT_EQ(import(logged_out), Errc::forbidden);
    const Principal demoted = log_in_as_admin();
    UpdateUser demotion(1);
    demotion.role = Role::user;
    ASSERT_TRUE(store_.write(demotion));
    EXPECT_EQ(import(demoted), Errc::forbidden);
    const Principal disabled = log_in_as_admin();
    EXPECT_TRUE(await(accounts_.still_may(disabled)));
    disable(1);
    EXPECT_EQ(await(accounts_.still_may(disabled)).error(), Errc::forbidden);
    EXPECT_EQ(store_.status().users, 3U);
}

TEST_F(AccountTokens, OfTwoUsesAtOnceOneCounts) {
    const auto link = create_link();
    std::vector<boost::asio::awaitable<Attempt<User>>> both;
    for (const char* password : {"first", "second"})
        both.push_back(accounts_.redeem_password_link(from_anywhere(Principal::anonymous()),
                                                      link->token, Secret(password)));
    int successes = 0;
    for (const auto& answer : await_all(std::move(both))) {
        successes += answer ? 1 : 0;
        if (!answer) {
            EXPECT_EQ(answer.error(), Errc::session_revoked);
        }
    }
    EXPECT_EQ(successes, 1);
    EXPECT_NE(bool(log_in("user@a.com", "first")), bool(log_in("user@a.com", "second")));
}

TEST_F(AccountTokens, ALinkStaysAfterAPasswordThatIsRefused) {
    const auto link = create_link();
    EXPECT_EQ(redeem(link->token, "x").error(), Errc::password_too_short);
    EXPECT_TRUE(redeem(link->token));
}

TEST_F(AccountTokens, OnlyAdministratorsMakeLinksOfUsersThatMayLogIn) {
    const auto made = await(accounts_.create_password_link(user(), 2, LinkPurpose::invite, 1h));
    EXPECT_EQ(made.error(), Errc::forbidden);
    EXPECT_EQ(create_link(1h, 9).error(), Errc::user_not_found);
    EXPECT_EQ(create_link(0s).error(), Errc::invalid_request);
    disable(2);
    EXPECT_EQ(create_link().error(), Errc::account_disabled);
}

TEST_F(AccountTokens, RedeemingIsLimitedAsSignUpsAre) {
    const auto guess = [this] {
        return await(accounts_.redeem_password_link(from(Principal::anonymous(), "192.0.2.1"),
                                                    Secret("rst_nothing"), Secret("fresh")))
            .error();
    };
    int guesses = 0;
    for (; guess() == Errc::unauthenticated; ++guesses)
        ASSERT_LT(guesses, 1000);
    EXPECT_EQ(guess(), Errc::too_many_attempts);
    const auto link = create_link();
    EXPECT_TRUE(redeem(link->token)) << "from elsewhere";
}

}  // namespace
}  // namespace roster::accounts
