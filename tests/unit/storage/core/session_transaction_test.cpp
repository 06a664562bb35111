#include "storage/core/session_transaction.hpp"

#include "storage/memory/session_table.hpp"

#include "unit/storage/support.hpp"

namespace roster::storage {
namespace {

using namespace roster::storage::testing;
using SessionIds = std::vector<SessionId>;

SessionWrite open_session(UserId user, std::size_t most = 100) {
    Session session;
    session.user = user;
    session.created_at = some_time();
    session.last_seen_at = some_time();
    session.expires_at = some_time() + std::chrono::days(30);
    return CreateSession(session, most);
}

bool everybody(UserId) {
    return true;
}

TEST(SessionTransaction, SeesWhatItDidBefore) {
    SessionIndex index;
    SessionTransaction batch(index, everybody, some_time());
    EXPECT_EQ(batch.apply(open_session(1))->session->id, 1U);
    EXPECT_EQ(batch.apply(open_session(1, 1))->ended, SessionIds({1}));
    EXPECT_EQ(batch.apply(RenewSession(1, 5)).error(), Errc::session_not_found);
    EXPECT_EQ(batch.apply(RenewSession(2, 5))->session->credentials_revision, 5U);
    EXPECT_EQ(batch.apply(EndSessionsOf(1))->ended, SessionIds({2}));
    EXPECT_TRUE(batch.apply(EndSessions({2}))->ended.empty());
    EXPECT_EQ(batch.apply(open_session(1))->session->id, 3U);
    EXPECT_EQ(index.size(), 0U) << "until the steps are applied";
    for (const SessionStep& step : batch.steps())
        index.apply(step);
    EXPECT_EQ(index.ids_of(1), SessionIds({3}));
    EXPECT_EQ(index.next_id(), 4U);
}

TEST(SessionTransaction, WhatChangesNothingIsNotWritten) {
    SessionIndex index;
    SessionTransaction first(index, everybody, some_time());
    first.apply(open_session(1));
    for (const SessionStep& step : first.steps())
        index.apply(step);
    SessionTransaction batch(index, everybody, some_time());
    EXPECT_TRUE(batch.apply(TouchSessions({{1, some_time()}, {2, some_time()}})));
    EXPECT_TRUE(batch.apply(EndSessions({2, 3})));
    EXPECT_TRUE(batch.apply(EndSessionsOf(2)));
    EXPECT_TRUE(batch.apply(RenewSession(1, 0)));
    LimiterRecord record;
    record.key = "nobody";
    EXPECT_TRUE(batch.apply(SaveLimiterRecords({record})));
    EXPECT_TRUE(batch.steps().empty());
}

TEST(ConcurrentSessionTable, ForgetsWhatIsOver) {
    ConcurrentSessionTable table;
    LimiterRecord record;
    record.key = "key";
    record.state = "state";
    record.until = some_time();
    const std::vector<SessionWrite> writes = {open_session(1), open_session(2),
                                              SaveLimiterRecords({record})};
    (void)table.publish(table.decide(writes, everybody, some_time()).steps, everybody);
    table.forget_expired(some_time());
    EXPECT_EQ(table.size(), 2U);
    EXPECT_TRUE(table.limiter_records(some_time() - std::chrono::hours(1)).empty());
    EXPECT_EQ(table.forget_user(1), SessionIds({1}));
    EXPECT_EQ(table.size(), 1U);
    table.forget_expired(some_time() + std::chrono::days(30));
    EXPECT_EQ(table.size(), 0U);
    EXPECT_EQ(table.next_id(), 3U) << "ids are never given twice";
}

}  // namespace
}  // namespace roster::storage
