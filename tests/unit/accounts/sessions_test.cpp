#include "accounts/sessions.hpp"

#include "support/await.hpp"
#include "support/fake_store.hpp"
#include "unit/accounts/fake_clock.hpp"

#include <gtest/gtest.h>

#include <sodium.h>

#include <optional>
#include <set>
#include <string>

namespace roster::accounts {
namespace {

using namespace std::chrono_literals;
using testing::await;

constexpr SessionKinds kEveryKind = kLoginKinds | SessionKind::forward | SessionKind::password_link;

class SessionsTest : public ::testing::Test {
  protected:
    SessionsTest() {
        EXPECT_GE(sodium_init(), 0);
        store_.add("a@a.com", "");
        store_.add("b@b.com", "");
        restart();
    }

    void restart() {
        sessions_.reset();
        sessions_.emplace(store_, rules_, clock_.clock(), nullptr);
    }

    OpenedSession open(UserId user = 1) {
        return open(user, NewSession(SessionKind::login, "laptop"));
    }
    OpenedSession open(UserId user, NewSession session) {
        session.address = "192.0.2.1";
        session.user_agent = "curl";
        return await(sessions_->open(store_.get(user), std::move(session))).value();
    }
    SessionState use(const OpenedSession& opened) {
        return sessions_->use(*digest_of_token(opened.token.reveal()), kEveryKind).state;
    }
    std::vector<Session> list(UserId user = 1) {
        const AuthState auth_state = await(store_.auth_state(user)).value();
        return await(sessions_->list(user, auth_state)).value();
    }

    FakeClock clock_;
    testing::FakeStore store_{clock_.clock().wall};
    SessionRules rules_;
    std::optional<Sessions> sessions_;
};

TEST_F(SessionsTest, AnOpenedOneIsUsableAndStoredWithoutItsToken) {
    const OpenedSession opened = open();
    EXPECT_EQ(use(opened), SessionState::live);
    const auto kept = await(store_.list_sessions(0, 10)).value();
    ASSERT_EQ(kept.size(), 1U);
    EXPECT_EQ(kept[0].digest, *digest_of_token(opened.token.reveal()));
    EXPECT_EQ(kept[0].label, "laptop");
    EXPECT_EQ(kept[0].address, "192.0.2.1");
    EXPECT_EQ(kept[0].user_agent, "curl");
    EXPECT_EQ(kept[0].expires_at - kept[0].created_at, 30 * 24h);
}

TEST_F(SessionsTest, EndedOnesStayEndedAfterARestart) {
    const OpenedSession one = open();
    const OpenedSession other = open();
    ASSERT_TRUE(await(sessions_->end(one.session.id)));
    EXPECT_EQ(use(one), SessionState::revoked);
    restart();
    EXPECT_EQ(use(one), SessionState::unknown);
    EXPECT_EQ(use(other), SessionState::live);
}

TEST_F(SessionsTest, AnEndThatCannotBeWrittenIsReportedAndHoldsUntilTheRestart) {
    const OpenedSession opened = open();
    store_.fail_writes = Errc::store_unavailable;
    EXPECT_EQ(await(sessions_->end(opened.session.id)).error(), Errc::store_unavailable);
    EXPECT_EQ(use(opened), SessionState::revoked);
}

TEST_F(SessionsTest, OneThatCannotBeWrittenIsNotOpened) {
    store_.fail_writes = Errc::store_unavailable;
    EXPECT_EQ(await(sessions_->open(store_.get(1), NewSession(SessionKind::login, ""))).error(),
              Errc::store_unavailable);
}

TEST_F(SessionsTest, TheOldestIsEndedAtTheCap) {
    rules_.most_per_user = 3;
    restart();
    const OpenedSession first = open();
    clock_.pass(1s);
    const OpenedSession second = open();
    const OpenedSession elsewhere = open(2);
    open();
    EXPECT_EQ(use(first), SessionState::live);
    open();
    EXPECT_EQ(use(first), SessionState::revoked);
    EXPECT_EQ(use(second), SessionState::live);
    EXPECT_EQ(use(elsewhere), SessionState::live);
    EXPECT_EQ(list().size(), 3U);
}

TEST_F(SessionsTest, TheirIdleTimeContinuesOverARestart) {
    const OpenedSession opened = open();
    clock_.pass(6 * 24h);
    restart();
    EXPECT_EQ(use(opened), SessionState::live);
    clock_.pass(24h * 7 - 1s);
    EXPECT_EQ(use(opened), SessionState::live);
    restart();
    clock_.pass(24h * 7);
    EXPECT_EQ(use(opened), SessionState::expired);
}

TEST_F(SessionsTest, TheirLifetimeEndsThemHoweverBusyTheyAre) {
    const OpenedSession opened = open();
    for (int day = 1; day < 30; ++day) {
        clock_.pass(24h);
        if (day % 10 == 0) restart();
        ASSERT_EQ(use(opened), SessionState::live) << day;
    }
    clock_.pass(24h);
    EXPECT_EQ(use(opened), SessionState::expired);
    restart();
    EXPECT_NE(use(opened), SessionState::live);
}

TEST_F(SessionsTest, AClockThatJumpsDoesNotEndOrLengthenThemWhileItRuns) {
    const OpenedSession opened = open();
    clock_.jump(24h * 365);
    EXPECT_EQ(use(opened), SessionState::live);
    clock_.jump(-24h * 730);
    clock_.pass(24h * 7);
    EXPECT_EQ(use(opened), SessionState::expired);
}

TEST_F(SessionsTest, AClockThatWasSetBackLengthensNoLifetimeBeyondThatOfANewOne) {
    const OpenedSession opened = open();
    clock_.jump(-24h * 365);
    restart();
    for (int day = 0; day < 29; ++day) {
        clock_.pass(24h);
        ASSERT_EQ(use(opened), SessionState::live) << day;
    }
    clock_.pass(24h);
    EXPECT_EQ(use(opened), SessionState::expired);
}

TEST_F(SessionsTest, AClockThatIsCenturiesAheadBringsNoneBackToLife) {
    const OpenedSession opened = open();
    clock_.jump(24h * 365 * 300);
    restart();
    EXPECT_EQ(use(opened), SessionState::expired);
    EXPECT_TRUE(list().empty());
}

TEST_F(SessionsTest, ExpiredOnesLeaveTheStore) {
    open();
    clock_.pass(24h * 8);
    const OpenedSession fresh = open();
    sessions_->maintain();
    const auto kept = await(store_.list_sessions(0, 10)).value();
    ASSERT_EQ(kept.size(), 1U);
    EXPECT_EQ(kept[0].id, fresh.session.id);
}

TEST_F(SessionsTest, UsesAreWrittenNowAndThenAndAtTheEnd) {
    const OpenedSession opened = open();
    const auto writes = store_.session_writes();
    clock_.pass(30s);
    use(opened);
    sessions_->maintain();
    EXPECT_EQ(store_.session_writes(), writes);
    clock_.pass(60s);
    use(opened);
    sessions_->maintain();
    EXPECT_EQ(store_.session_writes(), writes + 1);
    clock_.pass(1s);
    use(opened);
    restart();
    EXPECT_EQ(await(store_.list_sessions(0, 1)).value().at(0).last_seen_at,
              opened.session.created_at + 91s);
}

TEST_F(SessionsTest, UsesAndLogInsThatCouldNotBeWrittenAreWrittenLater) {
    const OpenedSession opened = open();
    clock_.pass(90s);
    use(opened);
    sessions_->note_log_in(store_.get(2));
    const auto used_at = clock_.clock().wall();
    store_.fail_writes = Errc::store_unavailable;
    sessions_->maintain();
    store_.fail_writes = std::nullopt;
    clock_.pass(20s);
    sessions_->maintain();
    EXPECT_EQ(await(store_.list_sessions(0, 1)).value().at(0).last_seen_at, used_at);
    EXPECT_EQ(store_.get(2).last_login_at, used_at);
    const auto writes = store_.session_writes();
    sessions_->maintain();
    EXPECT_EQ(store_.session_writes(), writes);
}

TEST_F(SessionsTest, AllOfAUserEndExceptOne) {
    const OpenedSession one = open();
    const OpenedSession two = open();
    const OpenedSession elsewhere = open(2);
    EXPECT_EQ(await(sessions_->end_all(1, two.session.id)).value(), 1U);
    EXPECT_EQ(use(one), SessionState::revoked);
    EXPECT_EQ(use(two), SessionState::live);
    EXPECT_EQ(use(elsewhere), SessionState::live);
    EXPECT_EQ(await(sessions_->end_all(1, 0)).value(), 1U);
    EXPECT_EQ(use(two), SessionState::revoked);
}

TEST_F(SessionsTest, TheListShowsLiveOnesWithTheirLastUse) {
    const OpenedSession one = open();
    const OpenedSession two = open();
    open(2);
    ASSERT_TRUE(await(sessions_->end(one.session.id)));
    clock_.pass(5s);
    use(two);
    const auto sessions = list();
    ASSERT_EQ(sessions.size(), 1U);
    EXPECT_EQ(sessions[0].id, two.session.id);
    EXPECT_EQ(sessions[0].digest, SessionDigest{});
    EXPECT_EQ(sessions[0].last_seen_at, two.session.created_at + 5s);
}

TEST_F(SessionsTest, TheirLastUseDoesNotMoveWhenASecondBeginsInBetween) {
    clock_.pass(900ms);
    const OpenedSession opened = open();
    clock_.pass(200ms);
    EXPECT_EQ(list().at(0).last_seen_at, opened.session.created_at);
    clock_.pass(700ms);
    restart();
    clock_.pass(200ms);
    EXPECT_EQ(list().at(0).last_seen_at, opened.session.created_at);
}

TEST_F(SessionsTest, AClockThatWasSetBackInvalidatesNoNewOne) {
    clock_.jump(-24h);
    const OpenedSession opened = open();
    const AuthState auth_state = await(store_.auth_state(1)).value();
    EXPECT_TRUE(
        is_valid_for(auth_state, opened.session.credentials_revision, opened.session.created_at));
}

TEST(SessionValidity, NeedsTheSameCredentialsAndAnOlderUser) {
    AuthState auth_state;
    auth_state.credentials_revision = 5;
    auth_state.created_at = std::chrono::sys_seconds(100s);
    const auto at = [](int seconds) {
        return std::chrono::sys_seconds(std::chrono::seconds(seconds));
    };
    EXPECT_TRUE(is_valid_for(auth_state, 5, at(100)));
    EXPECT_FALSE(is_valid_for(auth_state, 4, at(100)));
    EXPECT_FALSE(is_valid_for(auth_state, 6, at(100)));
    EXPECT_FALSE(is_valid_for(auth_state, 5, at(99)));
    auth_state.disabled = true;
    EXPECT_FALSE(is_valid_for(auth_state, 5, at(100)));
}

TEST(SessionToken, HasAPrefixAnd256Bits) {
    ASSERT_GE(sodium_init(), 0);
    const Secret token = new_session_token();
    EXPECT_TRUE(token.reveal().starts_with("rst_"));
    EXPECT_EQ(token.size_bytes(), 4U + 43U);
    EXPECT_EQ(
        token.reveal().find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                         "0123456789-_"),
        std::string_view::npos);
}

TEST(SessionToken, IsNeverTheSame) {
    std::set<std::string> tokens;
    std::set<SessionDigest> digests;
    for (int i = 0; i < 200; ++i) {
        const Secret token = new_session_token();
        tokens.emplace(token.reveal());
        digests.insert(*digest_of_token(token.reveal()));
    }
    EXPECT_EQ(tokens.size(), 200U);
    EXPECT_EQ(digests.size(), 200U);
}

TEST(SessionToken, ItsDigestIsThatOfTheWholeText) {
    EXPECT_TRUE(digest_of_token("roster_" + std::string(43, 'A'))) << "of tokens from before";
    const std::string text = "rst_" + std::string(43, 'A');
    const auto digest = digest_of_token(text);
    ASSERT_TRUE(digest);
    // printf 'rst_AAA…' | sha256sum
    SessionDigest expected;
    crypto_hash_sha256(expected.data(), reinterpret_cast<const unsigned char*>(text.data()),
                       text.size());
    EXPECT_EQ(*digest, expected);
}

TEST(SessionToken, WhatCannotBeOneHasNoDigest) {
    const std::string token(new_session_token().reveal());
    for (const std::string& text :
         {std::string(), std::string("rst_"), token.substr(1), token + "A",
          "Roster_" + token.substr(7), std::string(1'000'000, 'a')})
        EXPECT_FALSE(digest_of_token(text)) << text.substr(0, 60);
}

}  // namespace
}  // namespace roster::accounts
