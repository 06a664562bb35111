// What every store must do with sessions and the throttle's memory, on every backend.

#include "unit/storage/contract.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace roster::storage {
namespace {

using namespace roster::storage::testing;

class StoreSessionContract : public StoreContract {
  protected:
    static constexpr std::size_t kMost = 100;

    StoreSessionContract() {
        apply(create("a@a.com"));
        apply(create("b@b.com"));
    }

    Session session_of(UserId user) const {
        Session session;
        session.user = user;
        session.digest.fill(static_cast<unsigned char>(user));
        session.credentials_revision = 1;
        session.label = "Ä \"laptop\"\\";
        session.address = "2001:db8::1";
        session.user_agent = "curl/8\t";
        session.created_at = now_;
        session.last_seen_at = now_;
        session.expires_at = now_ + std::chrono::days(30);
        return session;
    }

    result<SessionResult> apply_session(SessionWrite write) {
        return run(store_->apply_session(std::move(write)));
    }
    result<SessionResult> open_session(UserId user, std::size_t most = kMost) {
        return apply_session(CreateSession(session_of(user), most));
    }
    std::vector<Session> sessions_of(UserId user) { return *run(store_->sessions_of(user)); }
    std::vector<SessionId> session_ids(UserId user) { return ids_of(sessions_of(user)); }
    std::vector<SessionId> listed(SessionId after = 0, std::size_t limit = 10'000) {
        return ids_of(*run(store_->list_sessions(after, limit)));
    }
    static std::vector<SessionId> ids_of(const std::vector<Session>& sessions) {
        std::vector<SessionId> ids;
        for (const Session& session : sessions)
            ids.push_back(session.id);
        return ids;
    }

    std::vector<std::string> limiter_records() {
        std::vector<std::string> texts;
        for (const LimiterRecord& record : *run(store_->limiter_records()))
            texts.push_back(record.key + "=" + record.state);
        std::sort(texts.begin(), texts.end());
        return texts;
    }
    LimiterRecord record(std::string key, std::string state) const {
        LimiterRecord record;
        record.key = std::move(key);
        record.state = std::move(state);
        record.until = now_ + std::chrono::hours(1);
        return record;
    }
};

using SessionIds = std::vector<SessionId>;
using Texts = std::vector<std::string>;

TEST_P(StoreSessionContract, KeepsASessionAsItIs) {
    const auto opened = open_session(1);
    ASSERT_TRUE(opened) << opened.error().message();
    ASSERT_TRUE(opened->session);
    EXPECT_EQ(opened->session->id, 1U);
    EXPECT_TRUE(opened->ended.empty());
    if (remembers()) open();
    const auto sessions = sessions_of(1);
    ASSERT_EQ(sessions.size(), 1U);
    const Session& session = sessions[0];
    EXPECT_EQ(session.id, 1U);
    EXPECT_EQ(session.user, 1U);
    EXPECT_EQ(session.digest, session_of(1).digest);
    EXPECT_EQ(session.credentials_revision, 1U);
    EXPECT_EQ(session.label, "Ä \"laptop\"\\");
    EXPECT_EQ(session.address, "2001:db8::1");
    EXPECT_EQ(session.user_agent, "curl/8\t");
    EXPECT_EQ(session.created_at, now_);
    EXPECT_EQ(session.last_seen_at, now_);
    EXPECT_EQ(session.expires_at, now_ + std::chrono::days(30));
    EXPECT_EQ(store_->status().sessions, 1U);
    EXPECT_EQ(store_->status().revision, 2U) << "sessions do not count as changes of the store";
}

TEST_P(StoreSessionContract, NobodyHasNoSession) {
    EXPECT_EQ(open_session(3).error(), Errc::user_not_found);
    EXPECT_TRUE(sessions_of(3).empty());
    EXPECT_EQ(store_->status().sessions, 0U);
}

TEST_P(StoreSessionContract, RefusesWhatCouldNotBeReadAgain) {
    Session session = session_of(1);
    session.user_agent = "\xff";
    EXPECT_EQ(apply_session(CreateSession(session, kMost)).error(), Errc::invalid_request);
    session = session_of(1);
    session.expires_at = now_ + std::chrono::years(9000);
    EXPECT_EQ(apply_session(CreateSession(session, kMost)).error(), Errc::invalid_request);
    EXPECT_EQ(apply_session(SaveLimiterRecords({record("\xff", "x")})).error(),
              Errc::invalid_request);
    EXPECT_TRUE(listed().empty());
}

TEST_P(StoreSessionContract, ListsSessionsByIdInPages) {
    for (int i = 0; i < 5; ++i)
        open_session(i % 2 == 0 ? 1 : 2);
    apply_session(EndSessions({2}));
    EXPECT_EQ(listed(), SessionIds({1, 3, 4, 5}));
    EXPECT_EQ(listed(1, 2), SessionIds({3, 4}));
    EXPECT_EQ(listed(4, 2), SessionIds({5}));
    EXPECT_TRUE(listed(5, 2).empty());
    EXPECT_TRUE(listed(0, 0).empty());
    EXPECT_EQ(session_ids(1), SessionIds({1, 3, 5}));
    EXPECT_EQ(session_ids(2), SessionIds({4}));
}

TEST_P(StoreSessionContract, TheOldestGivesWay) {
    now_ += std::chrono::hours(3);
    open_session(1, 3);
    now_ -= std::chrono::hours(2);
    open_session(1, 3);
    open_session(1, 3);
    open_session(2, 3);
    const auto fourth = open_session(1, 3);
    EXPECT_EQ(fourth->ended, SessionIds({2})) << "by its time, then by its id";
    EXPECT_EQ(open_session(1, 1)->ended, SessionIds({1, 3, 5}));
    EXPECT_EQ(session_ids(1), SessionIds({6}));
    EXPECT_EQ(session_ids(2), SessionIds({4}));
    if (remembers()) open();
    EXPECT_EQ(listed(), SessionIds({4, 6}));
}

TEST_P(StoreSessionContract, HoldsItsCapWhateverComesAtOnce) {
    constexpr std::size_t kOpened = 300;
    boost::asio::io_context context;
    std::size_t ended = 0;
    for (std::size_t i = 0; i < kOpened; ++i)
        boost::asio::co_spawn(context, store_->apply_session(CreateSession(session_of(1), kMost)),
                              [&](std::exception_ptr, result<SessionResult> answer) {
                                  ended += answer->ended.size();
                              });
    context.run();
    SessionIds newest;
    for (SessionId id = kOpened - kMost + 1; id <= kOpened; ++id)
        newest.push_back(id);
    EXPECT_EQ(session_ids(1), newest);
    EXPECT_EQ(ended, kOpened - kMost);
    if (remembers()) open();
    EXPECT_EQ(session_ids(1), newest);
}

TEST_P(StoreSessionContract, ASessionWasSeenLastWhenItWasSeenLast) {
    open_session(1);
    open_session(1);
    const auto later = now_ + std::chrono::hours(1);
    EXPECT_TRUE(apply_session(TouchSessions({{1, later}, {9, later}})));
    EXPECT_TRUE(apply_session(TouchSessions({{1, now_}})));
    if (remembers()) open();
    EXPECT_EQ(sessions_of(1)[0].last_seen_at, later);
    EXPECT_EQ(sessions_of(1)[1].last_seen_at, now_);
}

TEST_P(StoreSessionContract, ARenewedSessionGoesOn) {
    open_session(1);
    const auto renewed = apply_session(RenewSession(1, 42));
    ASSERT_TRUE(renewed);
    EXPECT_EQ(renewed->session->credentials_revision, 42U);
    EXPECT_EQ(renewed->session->digest, session_of(1).digest);
    EXPECT_EQ(apply_session(RenewSession(2, 42)).error(), Errc::session_not_found);
    if (remembers()) open();
    EXPECT_EQ(sessions_of(1)[0].credentials_revision, 42U);
}

TEST_P(StoreSessionContract, SaysWhatEnded) {
    for (int i = 0; i < 6; ++i)
        open_session(i < 4 ? 1 : 2);
    EXPECT_EQ(apply_session(EndSessions({2, 9, 5, 2}))->ended, SessionIds({2, 5}));
    EXPECT_EQ(apply_session(EndSessionsOf(1, 3))->ended, SessionIds({1, 4}));
    EXPECT_EQ(session_ids(1), SessionIds({3}));
    EXPECT_EQ(apply_session(EndSessionsOf(1))->ended, SessionIds({3}));
    EXPECT_TRUE(apply_session(EndSessionsOf(1))->ended.empty());
    EXPECT_EQ(listed(), SessionIds({6}));
    if (remembers()) open();
    EXPECT_EQ(listed(), SessionIds({6}));
}

TEST_P(StoreSessionContract, SessionIdsAreNeverGivenTwice) {
    open_session(1);
    open_session(1);
    apply_session(EndSessionsOf(1));
    if (remembers()) open();
    EXPECT_EQ(open_session(1)->session->id, 3U);
    if (remembers()) open();
    EXPECT_EQ(open_session(1)->session->id, 4U);
}

TEST_P(StoreSessionContract, AnErasedUserHasNoSessions) {
    open_session(1);
    open_session(2);
    open_session(1);
    apply(EraseUser(1));
    EXPECT_TRUE(sessions_of(1).empty());
    EXPECT_EQ(listed(), SessionIds({2}));
    EXPECT_EQ(store_->status().sessions, 1U);
    EXPECT_EQ(open_session(1).error(), Errc::user_not_found);
    ASSERT_TRUE(apply_all({EraseUser(2), create("c@c.com")}));
    EXPECT_TRUE(listed().empty());
    if (!remembers()) return;
    open();
    EXPECT_TRUE(listed().empty());
    EXPECT_EQ(store_->status().sessions, 0U);
    // A store of several servers gives ids before it refuses.
    EXPECT_GE(open_session(3)->session->id, 4U);
}

TEST_P(StoreSessionContract, RemembersWhatTheRateLimiterSaved) {
    EXPECT_TRUE(apply_session(SaveLimiterRecords({record("a", "1"), record("b \"", "2")})));
    EXPECT_TRUE(apply_session(SaveLimiterRecords({record("a", "3"), record("c", "4")})));
    EXPECT_TRUE(apply_session(SaveLimiterRecords({record("c", ""), record("d", "")})));
    if (remembers()) open();
    EXPECT_EQ(limiter_records(), Texts({"a=3", "b \"=2"}));
    EXPECT_EQ(run(store_->limiter_records())->front().until, now_ + std::chrono::hours(1));
    now_ += std::chrono::minutes(59);
    apply_session(SaveLimiterRecords({record("a", "5")}));
    now_ += std::chrono::minutes(1);
    EXPECT_EQ(limiter_records(), Texts({"a=5"})) << "the other one's time is over";
    if (remembers()) open();
    EXPECT_EQ(limiter_records(), Texts({"a=5"}));
}

TEST_P(StoreSessionContract, DecidesTheRateLimiterOnWhatItHas) {
    EXPECT_TRUE(apply_session(SaveLimiterRecords({record("a", "1"), record("b", "2")})));
    std::vector<LimiterRecord> seen;
    const auto decide = [&](const std::vector<LimiterRecord>& current, auto now) {
        if (!store_->is_shared()) {
            EXPECT_EQ(now, now_);
        }
        seen = current;
        return std::vector<LimiterRecord>({record("a", "3"), record("b", ""), record("c", "4")});
    };
    EXPECT_TRUE(apply_session(DecideLimits({"a", "b", "c"}, decide)));
    EXPECT_EQ(seen, std::vector<LimiterRecord>({record("a", "1"), record("b", "2")}));
    EXPECT_EQ(limiter_records(), Texts({"a=3", "c=4"}));
    EXPECT_TRUE(apply_session(DecideLimits({"c", "b", "a"}, decide)));
    EXPECT_EQ(seen, std::vector<LimiterRecord>({record("c", "4"), record("a", "3")}));
    const auto refuse = [&](const auto&, auto) {
        return std::vector<LimiterRecord>({record("a", "5"), record("\xff", "6")});
    };
    EXPECT_EQ(apply_session(DecideLimits({"a"}, refuse)).error(), Errc::invalid_request);
    EXPECT_EQ(limiter_records(), Texts({"a=3", "c=4"}));
}

// Each adds one to what it finds, however they meet in batches.
TEST_P(StoreSessionContract, DecisionsDoNotMissEachOther) {
    const auto count = [&](const std::vector<LimiterRecord>& current, auto) {
        const std::string before = current.empty() ? "" : current.front().state;
        return std::vector<LimiterRecord>({record("a", before + "1")});
    };
    boost::asio::io_context context;
    for (int i = 0; i < 50; ++i)
        boost::asio::co_spawn(context, store_->apply_session(DecideLimits({"a"}, count)),
                              [](std::exception_ptr, const auto& saved) { EXPECT_TRUE(saved); });
    context.run();
    EXPECT_EQ(limiter_records(), Texts({"a=" + std::string(50, '1')}));
}

TEST_P(StoreSessionContract, SessionsAndUsersDoNotMixUp) {
    boost::asio::io_context context;
    for (int i = 0; i < 50; ++i) {
        boost::asio::co_spawn(context, store_->apply(create(std::to_string(i) + "@a.com")),
                              boost::asio::detached);
        boost::asio::co_spawn(context, store_->apply_session(CreateSession(session_of(1), kMost)),
                              boost::asio::detached);
    }
    context.run();
    if (remembers()) open();
    EXPECT_EQ(store_->status().users, 52U);
    EXPECT_EQ(store_->status().revision, 52U);
    EXPECT_EQ(session_ids(1).size(), 50U);
}

TEST_P(StoreSessionContract, KindsAndParentsAreKept) {
    Session token = session_of(1);
    token.kind = SessionKind::token;
    token.expires_at = now_ + std::chrono::days(36'500);
    ASSERT_TRUE(open_session(1));
    ASSERT_TRUE(apply_session(CreateSession(token, kMost)));
    Session forward = session_of(1);
    forward.kind = SessionKind::forward;
    forward.parent = 1;
    forward.expires_at += std::chrono::hours(1);
    ASSERT_TRUE(apply_session(CreateSession(forward, kMost)));
    Session link = session_of(2);
    link.kind = SessionKind::password_link;
    ASSERT_TRUE(apply_session(CreateSession(link, kMost)));
    if (remembers()) open();
    const auto sessions = sessions_of(1);
    ASSERT_EQ(sessions.size(), 3U);
    EXPECT_EQ(sessions[0].kind, SessionKind::login);
    EXPECT_EQ(sessions[1].kind, SessionKind::token);
    EXPECT_EQ(sessions[1].expires_at, token.expires_at);
    EXPECT_EQ(sessions[2].kind, SessionKind::forward);
    EXPECT_EQ(sessions[2].parent, 1U);
    EXPECT_EQ(sessions[2].expires_at, sessions[0].expires_at) << "no later than its parent";
    EXPECT_EQ(sessions_of(2).front().kind, SessionKind::password_link);
}

TEST_P(StoreSessionContract, OneEndsWithItsParent) {
    const auto open_forward = [this](UserId user, SessionId parent) {
        Session forward = session_of(user);
        forward.kind = SessionKind::forward;
        forward.parent = parent;
        return apply_session(CreateSession(forward, kMost));
    };
    for (const UserId user : {1, 1, 2})
        open_session(user);
    EXPECT_EQ(open_forward(1, 3).error(), Errc::session_not_found) << "another user's";
    EXPECT_EQ(open_forward(1, 9).error(), Errc::session_not_found);
    SessionIds forwards;
    for (const SessionId parent : {1, 2, 1})
        forwards.push_back(open_forward(1, parent)->session->id);
    EXPECT_EQ(open_forward(1, forwards[0]).error(), Errc::session_not_found) << "no log-in";
    EXPECT_EQ(apply_session(EndSessions({1}))->ended, SessionIds({1, forwards[0], forwards[2]}));
    EXPECT_EQ(session_ids(1), SessionIds({2, forwards[1]}));
    if (remembers()) open();
    EXPECT_EQ(session_ids(1), SessionIds({2, forwards[1]}));
    EXPECT_EQ(apply_session(EndSessions({forwards[1], 2}))->ended, SessionIds({2, forwards[1]}));
}

TEST_P(StoreSessionContract, TheOldestOfItsKindGivesWay) {
    Session token = session_of(1);
    token.kind = SessionKind::token;
    ASSERT_TRUE(apply_session(CreateSession(token, 1)));
    open_session(1, 1);
    EXPECT_EQ(open_session(1, 1)->ended, SessionIds({2}));
    EXPECT_EQ(session_ids(1), SessionIds({1, 3}));
}

TEST_P(StoreSessionContract, ALogInIsItsUsersLast) {
    const User before = *find(1);
    EXPECT_EQ(before.last_login_at, std::nullopt);
    Session token = session_of(1);
    token.kind = SessionKind::token;
    ASSERT_TRUE(apply_session(CreateSession(token, kMost)));
    EXPECT_EQ(find(1)->last_login_at, std::nullopt) << "a program's";
    now_ += std::chrono::hours(1);
    const auto login = now_;
    open_session(1);
    EXPECT_EQ(find(1)->last_login_at, login);
    EXPECT_EQ(find(1)->revision, before.revision);
    EXPECT_EQ(find(1)->updated_at, before.updated_at);
    now_ -= std::chrono::minutes(1);
    open_session(1);
    EXPECT_EQ(find(1)->last_login_at, login) << "it only becomes later";
    ASSERT_TRUE(apply_session(EndSessionsOf(1)));
    UpdateUser update(1);
    update.email = "new@a.com";
    EXPECT_EQ(apply(update)->last_login_at, login);
    if (remembers()) open();
    EXPECT_EQ(find(1)->last_login_at, login);
    EXPECT_EQ(find(2)->last_login_at, std::nullopt);
    UserQuery query;
    query.order = UserOrder({UserSortKey::last_login_at, true});
    EXPECT_EQ(search(query)->users.front().id, 1U);
}

TEST_P(StoreSessionContract, LogInsWithoutASessionAreRecorded) {
    const auto login = now_ + std::chrono::hours(1);
    ASSERT_TRUE(apply_session(RecordLogins({{1, login}, {17, login}})));
    ASSERT_TRUE(apply_session(RecordLogins({{1, login - std::chrono::hours(2)}})));
    EXPECT_EQ(find(1)->last_login_at, login);
    if (remembers()) open();
    EXPECT_EQ(find(1)->last_login_at, login);
    EXPECT_EQ(listed(), SessionIds());
    const std::chrono::sys_seconds never{std::chrono::seconds(-1)};
    EXPECT_EQ(apply_session(RecordLogins({{1, never}})).error(), Errc::invalid_request);
    ASSERT_TRUE(apply(EraseUser(1)));
    EXPECT_EQ(find(1).error(), Errc::user_not_found);
    EXPECT_TRUE(apply_session(RecordLogins({{1, login}})));
}

INSTANTIATE_TEST_SUITE_P(Backends, StoreSessionContract, ::testing::ValuesIn(backends()),
                         name_of_backend);

}  // namespace
}  // namespace roster::storage
