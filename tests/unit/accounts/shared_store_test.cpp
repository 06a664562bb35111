// Two servers on one store: neither remembers what the other one may change.

#include "accounts/first_admin.hpp"
#include "unit/accounts/fixture.hpp"

#include <algorithm>

namespace roster::accounts {
namespace {

using namespace std::chrono_literals;

class SharedStore : public AccountsTest {
  protected:
    SharedStore() : AccountsTest(true) {
        add("admin@a.com", "right", Role::admin);
        add("user@a.com", "right");
    }

    LoggedIn open(Accounts& server, std::string email = "user@a.com") {
        auto opened = await(server.open_session(from_anywhere(Principal::anonymous()),
                                                std::move(email), Secret("right"), "laptop"));
        EXPECT_TRUE(opened) << opened.error().message();
        return std::move(*opened);
    }
    static result<Principal> authenticate(Accounts& server, const LoggedIn& logged_in) {
        return await(server.authenticate(logged_in.opened.token.reveal()));
    }
    static Attempt<User> modify(Accounts& server, UserId id, AccountChange change) {
        return await(
            server.modify(from_anywhere(Principal::user(1, Role::admin)), id, std::move(change)));
    }
    boost::asio::awaitable<Attempt<User>> guess(Accounts& server, const std::string& address,
                                                std::string_view password = "wrong") {
        return server.log_in(from(Principal::anonymous(), address), "user@a.com", Secret(password));
    }
    /// Without an error: those that succeeded.
    static std::size_t count(const std::vector<Attempt<User>>& answers,
                             boost::system::error_code error = {}) {
        return static_cast<std::size_t>(std::count_if(
            answers.begin(), answers.end(),
            [error](const auto& answer) { return answer ? !error : answer.error() == error; }));
    }
    std::vector<std::string> kept_keys() {
        std::vector<std::string> keys;
        for (const LimiterRecord& record : *await(store_.limiter_records()))
            keys.push_back(record.key);
        return keys;
    }

    Accounts other_{store_, hasher_, options(), log_};
    const Principal admin_ = Principal::user(1, Role::admin);
};

TEST_F(SharedStore, ASessionOfOneServerHoldsOnAnother) {
    const LoggedIn logged_in = open(accounts_);
    const auto who = authenticate(other_, logged_in);
    ASSERT_TRUE(who);
    EXPECT_EQ(who->id(), 2U);
    EXPECT_EQ(who->session(), logged_in.opened.session.id);
    EXPECT_EQ(await(other_.sessions(*who, 2))->size(), 1U);
    EXPECT_EQ(await(other_.age_of_log_in(*who)).value(), 0s);
    EXPECT_EQ(await(other_.authenticate("rst_" + std::string(43, 'A'))).error(),
              Errc::unauthenticated);
    EXPECT_EQ(
        await(other_.authenticate(logged_in.opened.token.reveal(), SessionKind::password_link))
            .error(),
        Errc::unauthenticated);
}

TEST_F(SharedStore, AnEndOnOneServerIsTheEndOnAnother) {
    const LoggedIn one = open(accounts_);
    const LoggedIn two = open(accounts_);
    ASSERT_TRUE(authenticate(accounts_, one));
    ASSERT_TRUE(await(
        other_.end_session(from_anywhere(*authenticate(other_, one)), one.opened.session.id)));
    EXPECT_EQ(authenticate(accounts_, one).error(), Errc::session_revoked);
    EXPECT_TRUE(authenticate(accounts_, two));
    EXPECT_EQ(await(accounts_.end_session(from_anywhere(admin_), one.opened.session.id)).error(),
              Errc::session_not_found);
    ASSERT_EQ(await(other_.end_sessions(from_anywhere(admin_), 2, false)).value(), 1U);
    EXPECT_EQ(authenticate(accounts_, two).error(), Errc::session_revoked);
}

TEST_F(SharedStore, ADisabledUserIsRefusedAtOnce) {
    const LoggedIn logged_in = open(accounts_);
    ASSERT_TRUE(authenticate(accounts_, logged_in));
    AccountChange disabling;
    disabling.disabled = true;
    ASSERT_TRUE(modify(other_, 2, disabling));
    EXPECT_EQ(authenticate(accounts_, logged_in).error(), Errc::session_revoked);
    const AuthenticatedLogin login(*await(store_.find(2)));
    EXPECT_EQ(await(accounts_.principal(login)).error(), Errc::unauthenticated);
}

TEST_F(SharedStore, AnotherPasswordEndsAllButTheSessionThatSetIt) {
    const LoggedIn one = open(accounts_);
    const LoggedIn two = open(accounts_);
    PasswordChange change(Secret("another right"));
    change.current_password = Secret("right");
    ASSERT_TRUE(await(
        other_.change_password(from_anywhere(*authenticate(other_, one)), 2, std::move(change))));
    EXPECT_TRUE(authenticate(accounts_, one));
    EXPECT_EQ(authenticate(accounts_, two).error(), Errc::session_revoked);
}

TEST_F(SharedStore, ARoleCountsAtOnce) {
    const LoggedIn logged_in = open(accounts_);
    AccountChange promotion;
    promotion.role = Role::admin;
    ASSERT_TRUE(modify(other_, 2, promotion));
    EXPECT_TRUE(authenticate(accounts_, logged_in)->is_admin());
}

TEST_F(SharedStore, AnErasedUserIsGoneAtOnce) {
    const LoggedIn logged_in = open(accounts_);
    ASSERT_TRUE(await(other_.erase(from_anywhere(admin_), 2, std::nullopt)));
    EXPECT_EQ(authenticate(accounts_, logged_in).error(), Errc::session_revoked);
}

TEST_F(SharedStore, SessionsExpireAsElsewhere) {
    const LoggedIn idle = open(accounts_);
    clock_.pass(24h * 7 - 1s);
    EXPECT_TRUE(authenticate(accounts_, idle));
    const LoggedIn old = open(accounts_);
    clock_.pass(1s);
    EXPECT_EQ(authenticate(other_, idle).error(), Errc::session_expired);
    EXPECT_EQ(await(other_.sessions(admin_, 2))->size(), 1U);
    clock_.pass(24h * 30);
    EXPECT_EQ(authenticate(other_, old).error(), Errc::session_expired);
}

TEST_F(SharedStore, UsesReachTheStoreABitLater) {
    Sessions one(store_, SessionRules(), clock_.clock(), log_);
    const LoggedIn login = open(accounts_);
    const RequestContext caller = from_anywhere(*authenticate(accounts_, login));
    const auto forward = await(accounts_.open_forward(caller));
    ASSERT_TRUE(forward);
    const SessionDigest digest = *digest_of_token(forward->token.reveal());
    const auto last_use = [&](std::size_t session) {
        return (*await(store_.sessions_of(2)))[session].last_seen_at;
    };
    const auto use = [&] {
        return one.use(*await(store_.prove(digest)), SessionKind::forward).state;
    };
    const std::size_t writes = store_.session_writes();
    clock_.pass(30s);
    EXPECT_EQ(use(), SessionState::live);
    one.maintain();
    EXPECT_EQ(store_.session_writes(), writes) << "too soon";
    clock_.pass(30s);
    EXPECT_EQ(use(), SessionState::live);
    EXPECT_EQ(use(), SessionState::live);
    one.maintain();
    EXPECT_EQ(store_.session_writes(), writes + 1);
    EXPECT_EQ(last_use(0), clock_.clock().wall()) << "the log-in that it belongs to";
    EXPECT_EQ(last_use(1), clock_.clock().wall());
}

TEST_F(SharedStore, AForwardSessionEndsWithItsLogIn) {
    const LoggedIn login = open(accounts_);
    const RequestContext caller = from_anywhere(*authenticate(accounts_, login));
    clock_.pass(1h);
    const auto forward = await(other_.open_forward(caller));
    ASSERT_TRUE(forward);
    EXPECT_EQ(forward->session.expires_at, login.opened.session.expires_at);
    const auto authenticate_forward = [&](Accounts& server) {
        return await(server.authenticate(forward->token.reveal(), SessionKind::forward));
    };
    EXPECT_TRUE(authenticate_forward(accounts_));
    ASSERT_TRUE(await(other_.end_session(caller, login.opened.session.id)));
    EXPECT_EQ(authenticate_forward(accounts_).error(), Errc::session_revoked);
    EXPECT_EQ(await(other_.open_forward(caller)).error(), Errc::forbidden);
}

TEST_F(SharedStore, OfTwoHundredGuessesAtOnceSixAreVerified) {
    std::vector<boost::asio::awaitable<Attempt<User>>> guesses;
    for (int i = 0; i < 200; ++i)
        guesses.push_back(guess(i % 2 == 0 ? accounts_ : other_, "192.0.2.1"));
    const auto answers = await_all(std::move(guesses));
    EXPECT_EQ(count(answers, Errc::invalid_credentials), 6U);
    EXPECT_EQ(count(answers, Errc::too_many_attempts), 194U);
    EXPECT_EQ(accounts_.log_ins().refused + other_.log_ins().refused, 6U);
    EXPECT_EQ(await(guess(other_, "192.0.2.1", "right")).error(), Errc::too_many_attempts);
    clock_.pass(1s);
    EXPECT_TRUE(await(guess(other_, "192.0.2.1", "right")));
}

TEST_F(SharedStore, AnAccountHasAHundredAnHourOnAllServers) {
    ASSERT_TRUE(await(guess(accounts_, "198.51.100.1", "right")));
    std::vector<boost::asio::awaitable<Attempt<User>>> guesses;
    for (int i = 0; i < 200; ++i)
        guesses.push_back(guess(i % 2 == 0 ? accounts_ : other_, "192.0.2." + std::to_string(i)));
    EXPECT_EQ(count(await_all(std::move(guesses)), Errc::invalid_credentials), 90U);
    EXPECT_TRUE(await(guess(other_, "198.51.100.1", "right"))) << "known, by the other server";
}

TEST_F(SharedStore, RightPasswordsAtOnceAreAllLetIn) {
    std::vector<boost::asio::awaitable<Attempt<User>>> log_ins;
    for (int i = 0; i < 6; ++i)
        log_ins.push_back(guess(i % 2 == 0 ? accounts_ : other_, "192.0.2.1", "right"));
    EXPECT_EQ(count(await_all(std::move(log_ins))), 6U);
    EXPECT_EQ(kept_keys(), std::vector<std::string>({"known account:2 192.0.2.1"}));
}

TEST_F(SharedStore, AttemptsThatNobodyLookedAtAreNotCounted) {
    store_.after_find_by_login = [this] { store_.fail_reads = Errc::store_unavailable; };
    EXPECT_EQ(await(guess(accounts_, "192.0.2.1", "right")).error(), Errc::store_unavailable);
    store_.fail_reads = std::nullopt;
    EXPECT_TRUE(kept_keys().empty());
}

TEST_F(SharedStore, WithoutTheStoreNobodyLogsInAndServersStartAllTheSame) {
    const LoggedIn logged_in = open(accounts_);
    const auto hashes = accounts_.figures().hashes;
    store_.fail_writes = Errc::store_unavailable;
    EXPECT_EQ(await(guess(accounts_, "192.0.2.1", "right")).error(), Errc::store_unavailable);
    EXPECT_EQ(accounts_.figures().hashes, hashes) << "not verified";
    store_.fail_reads = Errc::store_unavailable;
    EXPECT_EQ(authenticate(accounts_, logged_in).error(), Errc::store_unavailable);
    Accounts started(store_, hasher_, options(), log_);
    EXPECT_EQ(await(started.delays(admin_, "", 10)).error(), Errc::store_unavailable);
    store_.fail_reads = std::nullopt;
    store_.fail_writes = std::nullopt;
    EXPECT_TRUE(authenticate(started, logged_in));
}

TEST_F(SharedStore, DelaysAreSeenAndForgivenByEachServer) {
    for (int i = 0; i < 6; ++i)
        (void)await(guess(accounts_, "192.0.2.1"));
    const auto delays = await(other_.delays(admin_, "", 10));
    ASSERT_TRUE(delays);
    ASSERT_EQ(delays->items.size(), 2U);
    EXPECT_EQ(delays->items[0].key, "network 192.0.2.1");
    EXPECT_EQ(await(other_.forgive(from_anywhere(admin_), "network nobody")).value(), false);
    for (const Delay& delay : delays->items)
        EXPECT_TRUE(await(other_.forgive(from_anywhere(admin_), delay.key)).value());
    EXPECT_TRUE(await(guess(accounts_, "192.0.2.1", "right")));
}

TEST_F(SharedStore, OneEmailSignsUpOnce) {
    const auto sign_up_at = [this](Accounts& server, std::string email) {
        return server.sign_up(from(Principal::anonymous(), "192.0.2.1"),
                              NewAccount(std::move(email), Secret("pw12-pw12")));
    };
    std::vector<boost::asio::awaitable<Attempt<User>>> same;
    same.push_back(sign_up_at(accounts_, "new@a.com"));
    same.push_back(sign_up_at(other_, "NEW@a.com"));
    const auto answers = await_all(std::move(same));
    EXPECT_EQ(count(answers), 1U);
    EXPECT_EQ(count(answers, Errc::email_taken), 1U);
    std::vector<boost::asio::awaitable<Attempt<User>>> many;
    for (int i = 0; i < 40; ++i)
        many.push_back(
            sign_up_at(i % 2 == 0 ? accounts_ : other_, "new" + std::to_string(i) + "@a.com"));
    EXPECT_EQ(count(await_all(std::move(many))), 18U) << "twenty, with the two before";
}

TEST_F(SharedStore, TheLastAdministratorStays) {
    add("second@a.com", "right", Role::admin);
    AccountChange demotion;
    demotion.role = Role::user;
    std::vector<boost::asio::awaitable<Attempt<User>>> demotions;
    demotions.push_back(accounts_.modify(from_anywhere(admin_), 3, demotion));
    demotions.push_back(other_.modify(from_anywhere(Principal::user(3, Role::admin)), 1, demotion));
    EXPECT_EQ(count(await_all(std::move(demotions)), Errc::last_admin), 1U);
    EXPECT_EQ(store_.status().admins, 1U);
}

TEST_F(SharedStore, APasswordLinkIsUsedOnce) {
    const auto link =
        await(accounts_.create_password_link(from_anywhere(admin_), 2, LinkPurpose::reset, 1h));
    ASSERT_TRUE(link);
    const auto redeem_at = [&](Accounts& server) {
        return server.redeem_password_link(from(Principal::anonymous(), "192.0.2.1"),
                                           Secret(link->token.reveal()), Secret("pw12-pw12"));
    };
    std::vector<boost::asio::awaitable<Attempt<User>>> uses;
    uses.push_back(redeem_at(accounts_));
    uses.push_back(redeem_at(other_));
    EXPECT_EQ(count(await_all(std::move(uses))), 1U);
    EXPECT_EQ(await(redeem_at(other_)).error(), Errc::session_revoked);
}

// The totals of the store may be a moment old: both see no administrator.
TEST(SharedFirstAdmin, IsMadeByOneOfTwoServersThatStartAtOnce) {
    testing::FakeStore store({}, true);
    passwords::PasswordHasher hasher(1, 10, kCheap);
    Accounts accounts(store, hasher, AccountsOptions(), nullptr);
    const auto second = ensure_first_admin(accounts, "admin@a.com", [&] {
        // The other one was faster.
        EXPECT_TRUE(
            ensure_first_admin(accounts, "admin@a.com", [] { return Secret("pw12-pw12"); }));
        return Secret("pw12-pw12");
    });
    EXPECT_FALSE(second);
    EXPECT_EQ(store.status().admins, 1U);
}

}  // namespace
}  // namespace roster::accounts
