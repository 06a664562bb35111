#include "accounts/session_table.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace roster::accounts {
namespace {

using namespace std::chrono_literals;
using Time = SessionTable::Time;

SessionDigest digest(unsigned number) {
    SessionDigest digest{};
    for (std::size_t i = 0; i < 4; ++i)
        digest[i] = digest[31 - i] = static_cast<unsigned char>(number >> (8 * i));
    return digest;
}

constexpr SessionKinds kLogin = SessionKind::login;

class SessionTableTest : public ::testing::Test {
  protected:
    void insert(SessionId id, UserId user = 1, SessionKind kind = SessionKind::login,
                SessionId parent = 0) {
        LiveSession session;
        session.kind = kind;
        session.parent = parent;
        session.id = id;
        session.user = user;
        session.last_seen = now_;
        session.expires = now_ + 30h;
        table_.insert(digest(static_cast<unsigned>(id)), session);
    }
    SessionState use(SessionId id) {
        return table_.use(digest(static_cast<unsigned>(id)), now_, kLogin).state;
    }

    Time now_{1000h};
    SessionTable table_{7h};
};

TEST_F(SessionTableTest, FindsWhatWasInserted) {
    insert(5, 17);
    const FoundSession found = table_.use(digest(5), now_, kLogin);
    EXPECT_EQ(found.state, SessionState::live);
    EXPECT_EQ(found.session.id, 5U);
    EXPECT_EQ(found.session.user, 17U);
    EXPECT_EQ(use(6), SessionState::unknown);
    EXPECT_FALSE(table_.find(6, now_));
    table_.renew(5, 42);
    EXPECT_EQ(table_.use(digest(5), now_, kLogin).session.credentials_revision, 42U);
}

TEST_F(SessionTableTest, EndsAtTheIdleLimitToTheTick) {
    insert(1);
    now_ += 7h - 1ns;
    EXPECT_TRUE(table_.find(1, now_));
    now_ += 1ns;
    EXPECT_EQ(use(1), SessionState::expired);
    EXPECT_FALSE(table_.find(1, now_));
}

TEST_F(SessionTableTest, UseKeepsItAliveHoweverShortItMayBeIdle) {
    SessionTable table(1s);
    LiveSession session;
    session.id = 1;
    session.last_seen = now_;
    session.expires = now_ + 30h;
    table.insert(digest(1), session);
    for (int i = 0; i < 20; ++i) {
        now_ += 400ms;
        EXPECT_EQ(table.use(digest(1), now_, kLogin).state, SessionState::live);
    }
    now_ += 1s;
    EXPECT_EQ(table.use(digest(1), now_, kLogin).state, SessionState::expired);
}

TEST_F(SessionTableTest, LookingDoesNotKeepItAlive) {
    insert(1);
    now_ += 6h;
    EXPECT_TRUE(table_.find(1, now_));
    now_ += 1h;
    EXPECT_EQ(use(1), SessionState::expired);
}

TEST_F(SessionTableTest, AnEndedOneStaysEndedAndSaysSo) {
    insert(1);
    table_.end(1, now_);
    table_.end(1, now_);
    EXPECT_EQ(use(1), SessionState::revoked);
    EXPECT_FALSE(table_.find(1, now_));
    table_.renew(1, 9);
    EXPECT_EQ(use(1), SessionState::revoked);
    now_ += 25h;
    table_.sweep(now_, 0s);
    EXPECT_EQ(use(1), SessionState::unknown);
}

TEST_F(SessionTableTest, OneThatWasEndedBeforeItWasInsertedIsNeverLive) {
    table_.end(1, now_);
    insert(1);
    EXPECT_EQ(use(1), SessionState::revoked);
}

TEST_F(SessionTableTest, ASweepGivesWhatExpiredOnce) {
    insert(1);
    insert(2);
    now_ += 6h;
    use(2);
    now_ += 1h;
    EXPECT_EQ(table_.sweep(now_, 100h).expired, std::vector<SessionId>{1});
    EXPECT_TRUE(table_.sweep(now_, 100h).expired.empty());
    EXPECT_EQ(use(1), SessionState::expired);
    EXPECT_EQ(use(2), SessionState::live);
}

TEST_F(SessionTableTest, ManyThreadsSeeAnEndedSessionAsEnded) {
    constexpr unsigned kSessions = 400;
    for (unsigned id = 1; id <= kSessions; ++id)
        insert(id);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([this] {
            for (unsigned id = 1; id <= kSessions; ++id) {
                table_.use(digest(id), now_, kLogin);
                table_.end(id, now_);
                EXPECT_EQ(table_.use(digest(id), now_, kLogin).state, SessionState::revoked);
                if (id % 100 == 0) table_.sweep(now_, 0s);
            }
        });
    for (std::thread& thread : threads)
        thread.join();
}

TEST_F(SessionTableTest, IsFoundForItsOwnKindsOnly) {
    insert(1, 1, SessionKind::token);
    insert(2, 1, SessionKind::password_link);
    EXPECT_EQ(use(1), SessionState::unknown);
    EXPECT_EQ(table_.use(digest(1), now_, SessionKind::login | SessionKind::token).state,
              SessionState::live);
    EXPECT_EQ(table_.use(digest(2), now_, SessionKind::login | SessionKind::token).state,
              SessionState::unknown);
    EXPECT_EQ(table_.use(digest(2), now_, SessionKind::password_link).state, SessionState::live);
}

TEST_F(SessionTableTest, AProgramMayBeIdle) {
    insert(1, 1, SessionKind::token);
    insert(2, 1, SessionKind::password_link);
    now_ += 30h - 1ns;
    EXPECT_TRUE(table_.find(1, now_));
    EXPECT_TRUE(table_.find(2, now_));
    now_ += 1ns;
    EXPECT_FALSE(table_.find(1, now_));
}

TEST_F(SessionTableTest, OneIsLiveWhileItsParentIs) {
    for (const SessionId id : {1, 2})
        insert(id);
    insert(3, 1, SessionKind::forward, 1);
    insert(4, 1, SessionKind::forward, 2);
    insert(5, 1, SessionKind::forward, 9);
    EXPECT_TRUE(table_.find(3, now_));
    EXPECT_FALSE(table_.find(5, now_)) << "without a parent";
    table_.end(1, now_);
    EXPECT_FALSE(table_.find(3, now_));
    now_ += 6h;
    EXPECT_EQ(table_.use(digest(4), now_, SessionKind::forward).state, SessionState::live);
    now_ += 7h - 1ns;
    EXPECT_TRUE(table_.find(2, now_)) << "its child was in use";
    EXPECT_TRUE(table_.find(4, now_));
    now_ += 1ns;
    EXPECT_FALSE(table_.find(2, now_));
    EXPECT_FALSE(table_.find(4, now_));
}

}  // namespace
}  // namespace roster::accounts
