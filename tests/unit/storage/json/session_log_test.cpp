#include "storage/json/session_log.hpp"
#include "core/files/file_system.hpp"
#include "storage/json/batch_log.hpp"
#include "support/faulty_file_system.hpp"
#include "support/memory_file_system.hpp"
#include "unit/storage/json/session_log_fixture.hpp"

#include <sys/stat.h>

namespace roster::storage {
namespace {

using namespace roster::storage::testing;
using SessionIds = std::vector<SessionId>;

class SessionLogTest : public ::testing::Test {
  protected:
    std::unique_ptr<SessionLog> open() { return open_log(files_); }

    static bool everybody(UserId) { return true; }
    static SessionIds ids(const ConcurrentSessionTable& log) {
        SessionIds ids;
        for (const Session& session : log.list(0, 100))
            ids.push_back(session.id);
        return ids;
    }

    // A log of several batches that begins with one that was compacted.
    std::string some_log() {
        const auto log = open();
        commit(*log, open_session(1));
        commit(*log, open_session(2));
        log->compact();
        commit(*log, open_session(1));
        commit(*log, save_limiter("key", "state"));
        commit(*log, EndSessions({1}));
        return disk_->text_of(kSessionLog);
    }

    std::string refusal() {
        try {
            (void)open();
        } catch (const StartupError& error) {
            EXPECT_EQ(error.code(), Errc::store_damaged) << error.what();
            return error.what();
        }
        ADD_FAILURE() << "it opened";
        return {};
    }

    std::shared_ptr<MemoryFileSystem> disk_ = std::make_shared<MemoryFileSystem>();
    std::shared_ptr<FaultyFileSystem> files_ = std::make_shared<FaultyFileSystem>(disk_);
};

TEST_F(SessionLogTest, CommitsWithOneAppendAndOneSync) {
    const auto log = open();
    const std::size_t calls = files_->calls();
    log->commit(std::vector<SessionWrite>{open_session(1), open_session(2), EndSessions({1})});
    EXPECT_EQ(files_->calls(), calls + 2);
    EXPECT_EQ(scan_log(disk_->text_of(kSessionLog)).batches.size(), 1U);
    log->commit(std::vector<SessionWrite>{EndSessions({7})});
    EXPECT_EQ(files_->calls(), calls + 2) << "what changes nothing is not written";
}

TEST_F(SessionLogTest, CutsATornTailWhereverItIsTorn) {
    const std::string whole = some_log();
    const LogScan scan = scan_log(whole);
    ASSERT_GE(scan.batches.size(), 4U);
    const std::uint64_t first = scan.batches[scan.batches.size() - 2].begin;
    std::map<std::uint64_t, std::string> states;
    for (const FramedBatch& batch : scan.batches) {
        disk_->save(kSessionLog, whole.substr(0, batch.end));
        states[batch.end] = printed(open()->sessions());
    }
    for (std::uint64_t size = first; size < whole.size(); ++size) {
        disk_->save(kSessionLog, whole.substr(0, size));
        const auto last = std::prev(states.upper_bound(size));
        const auto log = open();
        ASSERT_EQ(printed(log->sessions()), last->second) << size;
        EXPECT_EQ(disk_->text_of(kSessionLog), whole.substr(0, last->first)) << size;
        ASSERT_TRUE(commit(*log, open_session(5))) << size;
        const std::string after = printed(log->sessions());
        EXPECT_EQ(printed(open_log(disk_->after_power_cut())->sessions()), after) << size;
    }
}

TEST_F(SessionLogTest, RefusesDamageBeforeAWholeBatchAndTouchesNothing) {
    const std::string whole = some_log();
    const auto last = scan_log(whole).batches.back().begin;
    for (std::uint64_t at = 0; at < last; at += 7) {
        std::string damaged = whole;
        damaged[at] = static_cast<char>(damaged[at] ^ 4);
        disk_->save(kSessionLog, damaged);
        const std::string text = refusal();
        EXPECT_TRUE(text.starts_with("/d/users.json.sessions: byte ")) << text;
        EXPECT_EQ(disk_->text_of(kSessionLog), damaged);
    }
}

TEST_F(SessionLogTest, RefusesABatchThatIsMissing) {
    const std::string whole = some_log();
    const auto batches = scan_log(whole).batches;
    const FramedBatch& missing = batches[batches.size() - 2];
    std::string text = whole;
    disk_->save(kSessionLog, text.erase(missing.begin, missing.end - missing.begin));
    EXPECT_NE(refusal().find("must follow"), std::string::npos);
    disk_->save(kSessionLog, frame_of(1, 1, "{\"ended\":[true]}\n"));
    EXPECT_NE(refusal().find("makes no sense"), std::string::npos);
}

TEST_F(SessionLogTest, IsWrittenAnewWithoutItsHistory) {
    const auto log = open();
    for (int i = 0; i < 50; ++i)
        commit(*log, open_session(1, 2));
    commit(*log, save_limiter("key", "state"));
    EXPECT_TRUE(log->should_be_compacted());
    const std::string before = printed(log->sessions());
    const std::size_t size = disk_->text_of(kSessionLog).size();
    log->compact();
    EXPECT_LT(disk_->text_of(kSessionLog).size(), size / 10);
    EXPECT_FALSE(log->should_be_compacted());
    EXPECT_EQ(printed(log->sessions()), before);
    EXPECT_EQ(printed(open()->sessions()), before);
    commit(*log, EndSessionsOf(1));
    log->compact();
    EXPECT_EQ(commit(*open(), open_session(1))->session->id, 51U) << "ids are never given twice";
    EXPECT_EQ(disk_->names(), std::vector<std::string>({"users.json.sessions"}));
}

TEST_F(SessionLogTest, ASmallFileIsLeftAlone) {
    const auto log = open_log(files_, 1'000'000);
    for (int i = 0; i < 50; ++i)
        commit(*log, open_session(1, 1));
    EXPECT_FALSE(log->should_be_compacted());
}

TEST_F(SessionLogTest, DropsWhatIsOver) {
    OpenOptions options = test_options();
    auto now = some_time();
    options.now = [&now] { return now; };
    auto log = open_log(files_, 0, options);
    commit(*log, open_session(1));
    now += std::chrono::days(29);
    Session later = some_session(2);
    later.expires_at = now + std::chrono::days(30);
    commit(*log, CreateSession(later, 100));
    commit(*log, save_limiter("old", "state"));
    LimiterRecord fresh = limiter_record("fresh", "state");
    fresh.until = now + std::chrono::days(2);
    commit(*log, SaveLimiterRecords({fresh}));
    commit(*log, open_session(9));
    log->forget_user(9);
    now += std::chrono::days(1);
    log->compact();
    EXPECT_EQ(log->sessions().size(), 1U);
    const std::string text = disk_->text_of(kSessionLog);
    EXPECT_EQ(text.find("\"old\""), std::string::npos) << text;
    EXPECT_NE(text.find("\"fresh\""), std::string::npos) << text;
    EXPECT_EQ(text.find("\"user\":1,"), std::string::npos) << text;
    EXPECT_EQ(text.find("\"user\":9,"), std::string::npos) << text;
    log.reset();
    now += std::chrono::days(30);
    log = open_log(files_, 0, options);
    EXPECT_EQ(log->sessions().size(), 0U) << "and at a start";
    EXPECT_TRUE(log->limiter_records().empty());
}

TEST_F(SessionLogTest, LogInsStayWhenTheirSessionsAndTheHistoryAreGone) {
    auto log = open();
    for (const UserId user : {1, 2, 9})
        commit(*log, open_session(user));
    commit(*log, RecordLogins({{1, some_time() + std::chrono::hours(1)}}));
    commit(*log, EndSessionsOf(1));
    log->forget_user(9);
    log->compact();
    log.reset();
    log = open();
    auto logins = log->sessions().last_logins();
    std::sort(logins.begin(), logins.end(),
              [](const auto& a, const auto& b) { return a.user < b.user; });
    ASSERT_EQ(logins.size(), 2U);
    EXPECT_EQ(logins[0].user, 1U);
    EXPECT_EQ(logins[0].at, some_time() + std::chrono::hours(1));
    EXPECT_EQ(logins[1].at, some_time());
}

TEST_F(SessionLogTest, SessionsOfUsersThatAreGoneAreDroppedAtAStart) {
    {
        SessionLog log(files_, kUsersFile, FileInfo(), everybody, test_options());
        for (const UserId user : std::vector<UserId>({20, 3, 20, 10, 4}))
            commit(log, open_session(user));
    }
    EXPECT_EQ(ids(open()->sessions()), SessionIds({2, 5}));
}

TEST_F(SessionLogTest, AUserWhoIsGivenBackFindsNoOldSessions) {
    {
        SessionLog log(files_, kUsersFile, FileInfo(), everybody, test_options());
        for (const UserId user : std::vector<UserId>({20, 3, 4}))
            commit(log, open_session(user));
        log.forget_user(3);
        log.write_orphaned();
    }
    open()->write_orphaned();
    const SessionLog log(files_, kUsersFile, FileInfo(), everybody, test_options());
    EXPECT_EQ(ids(log.sessions()), SessionIds({3})) << "neither erased before a start nor at one";
}

TEST_F(SessionLogTest, WhatCannotBeWrittenOfThemNowIsWrittenLater) {
    SessionLog log(files_, kUsersFile, FileInfo(), everybody, test_options());
    commit(log, open_session(3));
    log.forget_user(3);
    files_->arm(files_->calls() + 1, Fault::disk_full);
    log.write_orphaned();
    files_->disarm();
    log.write_orphaned();
    const SessionLog after(disk_->after_power_cut(), kUsersFile, FileInfo(), everybody,
                           test_options());
    EXPECT_EQ(after.sessions().size(), 0U);
}

TEST_F(SessionLogTest, AFullDiskRefusesAndGoesOnLater) {
    const auto log = open();
    commit(*log, open_session(1));
    const std::string before = disk_->text_of(kSessionLog);
    files_->arm(files_->calls() + 1, Fault::disk_full);
    EXPECT_EQ(commit(*log, open_session(2)).error(), Errc::store_unavailable);
    EXPECT_EQ(commit(*log, EndSessions({1})).error(), Errc::store_unavailable);
    EXPECT_EQ(log->sessions().size(), 1U) << "nothing was changed";
    EXPECT_TRUE(log->is_writable());
    files_->disarm();
    EXPECT_EQ(disk_->text_of(kSessionLog), before);
    EXPECT_EQ(commit(*log, open_session(3))->session->id, 2U);
    EXPECT_EQ(printed(open_log(disk_->after_power_cut())->sessions()), printed(log->sessions()));
}

TEST_F(SessionLogTest, AFailedSyncIsFinal) {
    const auto log = open();
    commit(*log, open_session(1));
    files_->arm(files_->calls() + 2, Fault::fails);
    EXPECT_EQ(commit(*log, open_session(2)).error(), Errc::store_unavailable);
    EXPECT_TRUE(files_->struck().starts_with("sync")) << files_->struck();
    files_->disarm();
    EXPECT_FALSE(log->is_writable());
    EXPECT_EQ(commit(*log, open_session(2)).error(), Errc::store_unavailable);
    EXPECT_EQ(commit(*log, open_session(99)).error(), Errc::user_not_found);
    EXPECT_EQ(log->sessions().size(), 1U) << "reads go on";
    const std::string text = disk_->text_of(kSessionLog);
    log->compact();
    EXPECT_EQ(disk_->text_of(kSessionLog), text) << "nothing is written any more";
    EXPECT_GE(open()->sessions().size(), 1U);
}

TEST_F(SessionLogTest, AFileThatCannotBeWrittenAnewGoesOnGrowing) {
    const auto log = open();
    for (int i = 0; i < 10; ++i)
        commit(*log, open_session(1, 1));
    files_->arm(files_->calls() + 1, Fault::disk_full);
    ASSERT_TRUE(log->should_be_compacted());
    log->compact();
    files_->disarm();
    EXPECT_FALSE(log->should_be_compacted()) << "not again at once";
    EXPECT_TRUE(log->is_writable());
    EXPECT_TRUE(commit(*log, open_session(2)));
    EXPECT_EQ(open_log(disk_->after_restart())->sessions().size(), 2U);
    EXPECT_EQ(disk_->names(), std::vector<std::string>({"users.json.sessions"})) << "no litter";
}

TEST_F(SessionLogTest, RemovesWhatAKilledProcessLeft) {
    disk_->save("/d/users.json.sessions.tmp-0123456789abcdef", "x");
    disk_->save("/d/users.json.sessions.tmp-mine", "x");
    (void)open();
    EXPECT_FALSE(disk_->exists("/d/users.json.sessions.tmp-0123456789abcdef"));
    EXPECT_TRUE(disk_->exists("/d/users.json.sessions.tmp-mine"));
}

TEST_F(SessionLogTest, AHundredThousandSessionsComeBack) {
    constexpr UserId kSessions = 100'000;
    std::string lines;
    for (SessionId id = 1; id <= kSessions; ++id) {
        Session session = some_session(1 + id % 9);
        session.id = id;
        append_step(session, lines);
    }
    disk_->save(kSessionLog, frame_of(1, kSessions, lines));
    const auto log = open();
    EXPECT_EQ(log->sessions().size(), kSessions);
    log->compact();
    EXPECT_EQ(open()->sessions().size(), kSessions);
}

TEST(SessionLogOnDisk, NobodyElseReadsIt) {
    TemporaryDirectory directory;
    const std::string users_file = (directory / "users.json").string();
    const auto files = std::shared_ptr<FileSystem>(make_posix_file_system());
    write_text(users_file, "");
    SessionLog log(files, users_file, *files->info(users_file), users_up_to_nine, test_options(),
                   0);
    const auto mode = [&] { return files->info(users_file + ".sessions")->mode & 07777; };
    EXPECT_EQ(mode(), 0600U);
    commit(log, open_session(1));
    log.compact();
    EXPECT_EQ(mode(), 0600U);
    EXPECT_EQ(log.sessions().size(), 1U);
}

}  // namespace
}  // namespace roster::storage
