#include "storage/json/session_log.hpp"
#include "core/files/posix_file_system.hpp"
#include "storage/json/framed_batch.hpp"
#include "support/faulty_file_system.hpp"
#include "support/memory_file_system.hpp"
#include "unit/storage/json/session_log_fixture.hpp"

#include <sys/stat.h>

namespace roster::storage {
namespace {

using namespace roster::storage::testing;
using SessionIds = std::vector<SessionId>;

class AccessBookTest : public ::testing::Test {
  protected:
    std::unique_ptr<SessionLog> open() { return open_access(files_); }

    CompanionPlace place() const { return {files_, kAccessBook, {}}; }
    static bool everybody(UserId) { return true; }
    static SessionIds ids(const ConcurrentSessionTable& access) {
        SessionIds ids;
        for (const Session& session : access.list(0, 100))
            ids.push_back(session.id);
        return ids;
    }

    // A log of several batches that begins with one that was written anew.
    std::string some_log() {
        const auto book = open();
        commit(*book, open_session(1));
        commit(*book, open_session(2));
        book->write_anew();
        commit(*book, open_session(1));
        commit(*book, save_throttle("key", "state"));
        commit(*book, EndSessions({1}));
        return disk_->text_of(kAccessFile);
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

TEST_F(AccessBookTest, CommitsWithOneAppendAndOneSync) {
    const auto book = open();
    const std::size_t calls = files_->calls();
    book->commit(std::vector<SessionWrite>{open_session(1), open_session(2), EndSessions({1})});
    EXPECT_EQ(files_->calls(), calls + 2);
    EXPECT_EQ(scan_frames(disk_->text_of(kAccessFile)).batches.size(), 1U);
    book->commit(std::vector<SessionWrite>{EndSessions({7})});
    EXPECT_EQ(files_->calls(), calls + 2) << "what changes nothing is not written";
}

TEST_F(AccessBookTest, CutsATornTailWhereverItIsTorn) {
    const std::string whole = some_log();
    const FrameScan scan = scan_frames(whole);
    ASSERT_GE(scan.batches.size(), 4U);
    const std::uint64_t first = scan.batches[scan.batches.size() - 2].begin;
    std::map<std::uint64_t, std::string> states;
    for (const FramedBatch& batch : scan.batches) {
        disk_->save(kAccessFile, whole.substr(0, batch.end));
        states[batch.end] = printed(open()->access());
    }
    for (std::uint64_t size = first; size < whole.size(); ++size) {
        disk_->save(kAccessFile, whole.substr(0, size));
        const auto last = std::prev(states.upper_bound(size));
        const auto book = open();
        ASSERT_EQ(printed(book->access()), last->second) << size;
        EXPECT_EQ(disk_->text_of(kAccessFile), whole.substr(0, last->first)) << size;
        ASSERT_TRUE(commit(*book, open_session(5))) << size;
        const std::string after = printed(book->access());
        EXPECT_EQ(printed(open_access(disk_->after_power_cut())->access()), after) << size;
    }
}

TEST_F(AccessBookTest, RefusesDamageBeforeAWholeBatchAndTouchesNothing) {
    const std::string whole = some_log();
    const auto last = scan_frames(whole).batches.back().begin;
    for (std::uint64_t at = 0; at < last; at += 7) {
        std::string damaged = whole;
        damaged[at] = static_cast<char>(damaged[at] ^ 4);
        disk_->save(kAccessFile, damaged);
        const std::string text = refusal();
        EXPECT_TRUE(text.starts_with("/d/users.json.sessions: byte ")) << text;
        EXPECT_NE(text.find("logs everybody out"), std::string::npos) << text;
        EXPECT_EQ(disk_->text_of(kAccessFile), damaged);
    }
}

TEST_F(AccessBookTest, RefusesABatchThatIsMissing) {
    const std::string whole = some_log();
    const auto batches = scan_frames(whole).batches;
    const FramedBatch& missing = batches[batches.size() - 2];
    std::string text = whole;
    disk_->save(kAccessFile, text.erase(missing.begin, missing.end - missing.begin));
    EXPECT_NE(refusal().find("follows where"), std::string::npos);
    disk_->save(kAccessFile, framed_batch(1, 1, "{\"ended\":[true]}\n"));
    EXPECT_NE(refusal().find("makes no sense"), std::string::npos);
}

TEST_F(AccessBookTest, IsWrittenAnewWithoutItsHistory) {
    const auto book = open();
    for (int i = 0; i < 50; ++i)
        commit(*book, open_session(1, 2));
    commit(*book, save_throttle("key", "state"));
    EXPECT_TRUE(book->should_be_written_anew());
    const std::string before = printed(book->access());
    const std::size_t size = disk_->text_of(kAccessFile).size();
    book->write_anew();
    EXPECT_LT(disk_->text_of(kAccessFile).size(), size / 10);
    EXPECT_FALSE(book->should_be_written_anew());
    EXPECT_EQ(printed(book->access()), before);
    EXPECT_EQ(printed(open()->access()), before);
    commit(*book, EndSessionsOf(1));
    book->write_anew();
    EXPECT_EQ(commit(*open(), open_session(1))->session->id, 51U) << "ids are never given twice";
    EXPECT_EQ(disk_->names(), std::vector<std::string>({"users.json.sessions"}));
}

TEST_F(AccessBookTest, ASmallFileIsLeftAlone) {
    const auto book = open_access(files_, 1'000'000);
    for (int i = 0; i < 50; ++i)
        commit(*book, open_session(1, 1));
    EXPECT_FALSE(book->should_be_written_anew());
}

TEST_F(AccessBookTest, DropsWhatIsOver) {
    OpenOptions options = test_options();
    auto now = some_time();
    options.now = [&now] { return now; };
    auto book = open_access(files_, 0, options);
    commit(*book, open_session(1));
    now += std::chrono::days(29);
    Session later = some_session(2);
    later.expires_at = now + std::chrono::days(30);
    commit(*book, CreateSession(later, 100));
    commit(*book, save_throttle("old", "state"));
    LimiterRecord fresh = throttle_record("fresh", "state");
    fresh.until = now + std::chrono::days(2);
    commit(*book, SaveLimiterRecords({fresh}));
    commit(*book, open_session(9));
    book->forget_user(9);
    now += std::chrono::days(1);
    book->write_anew();
    EXPECT_EQ(book->access().size(), 1U);
    const std::string text = disk_->text_of(kAccessFile);
    EXPECT_EQ(text.find("\"old\""), std::string::npos) << text;
    EXPECT_NE(text.find("\"fresh\""), std::string::npos) << text;
    EXPECT_EQ(text.find("\"user\":1,"), std::string::npos) << text;
    EXPECT_EQ(text.find("\"user\":9,"), std::string::npos) << text;
    book.reset();
    now += std::chrono::days(30);
    book = open_access(files_, 0, options);
    EXPECT_EQ(book->access().size(), 0U) << "and at a start";
    EXPECT_TRUE(book->limiter_records().empty());
}

TEST_F(AccessBookTest, SessionsOfUsersThatAreGoneAreDroppedAtAStart) {
    {
        SessionLog book(place(), everybody, test_options());
        for (const UserId user : std::vector<UserId>({20, 3, 20, 10, 4}))
            commit(book, open_session(user));
    }
    EXPECT_EQ(ids(open()->access()), SessionIds({2, 5}));
}

TEST_F(AccessBookTest, AUserWhoIsGivenBackFindsNoOldSessions) {
    {
        SessionLog book(place(), everybody, test_options());
        for (const UserId user : std::vector<UserId>({20, 3, 4}))
            commit(book, open_session(user));
        book.forget_user(3);
        book.write_forgotten();
    }
    open()->write_forgotten();
    const SessionLog book(place(), everybody, test_options());
    EXPECT_EQ(ids(book.access()), SessionIds({3})) << "neither erased before a start nor at one";
}

TEST_F(AccessBookTest, WhatCannotBeWrittenOfThemNowIsWrittenLater) {
    SessionLog book(place(), everybody, test_options());
    commit(book, open_session(3));
    book.forget_user(3);
    files_->arm(files_->calls() + 1, Fault::disk_full);
    book.write_forgotten();
    files_->disarm();
    book.write_forgotten();
    EXPECT_EQ(SessionLog({disk_->after_power_cut(), kAccessBook, {}}, everybody, test_options())
                  .access()
                  .size(),
              0U);
}

TEST_F(AccessBookTest, AFullDiskRefusesAndGoesOnLater) {
    const auto book = open();
    commit(*book, open_session(1));
    const std::string before = disk_->text_of(kAccessFile);
    files_->arm(files_->calls() + 1, Fault::disk_full);
    EXPECT_EQ(commit(*book, open_session(2)).error(), Errc::store_unavailable);
    EXPECT_EQ(commit(*book, EndSessions({1})).error(), Errc::store_unavailable);
    EXPECT_EQ(book->access().size(), 1U) << "nothing was changed";
    EXPECT_TRUE(book->is_writable());
    files_->disarm();
    EXPECT_EQ(disk_->text_of(kAccessFile), before);
    EXPECT_EQ(commit(*book, open_session(3))->session->id, 2U);
    EXPECT_EQ(printed(open_access(disk_->after_power_cut())->access()), printed(book->access()));
}

TEST_F(AccessBookTest, AFailedSyncIsFinal) {
    const auto book = open();
    commit(*book, open_session(1));
    files_->arm(files_->calls() + 2, Fault::fails);
    EXPECT_EQ(commit(*book, open_session(2)).error(), Errc::store_unavailable);
    EXPECT_TRUE(files_->struck().starts_with("sync")) << files_->struck();
    files_->disarm();
    EXPECT_FALSE(book->is_writable());
    EXPECT_EQ(commit(*book, open_session(2)).error(), Errc::store_unavailable);
    EXPECT_EQ(commit(*book, open_session(99)).error(), Errc::user_not_found);
    EXPECT_EQ(book->access().size(), 1U) << "reads go on";
    const std::string text = disk_->text_of(kAccessFile);
    book->write_anew();
    EXPECT_EQ(disk_->text_of(kAccessFile), text) << "nothing is written any more";
    EXPECT_EQ(open()->access().size(), 1U);
}

TEST_F(AccessBookTest, AFileThatCannotBeWrittenAnewGoesOnGrowing) {
    const auto book = open();
    for (int i = 0; i < 10; ++i)
        commit(*book, open_session(1, 1));
    files_->arm(files_->calls() + 1, Fault::disk_full);
    ASSERT_TRUE(book->should_be_written_anew());
    book->write_anew();
    files_->disarm();
    EXPECT_FALSE(book->should_be_written_anew()) << "not again at once";
    EXPECT_TRUE(book->is_writable());
    EXPECT_TRUE(commit(*book, open_session(2)));
    EXPECT_EQ(open_access(disk_->after_restart())->access().size(), 2U);
    EXPECT_EQ(disk_->names(), std::vector<std::string>({"users.json.sessions"})) << "no litter";
}

TEST_F(AccessBookTest, RemovesWhatAKilledProcessLeft) {
    disk_->save("/d/users.json.sessions.tmp-0123456789abcdef", "x");
    disk_->save("/d/users.json.sessions.tmp-mine", "x");
    (void)open();
    EXPECT_FALSE(disk_->exists("/d/users.json.sessions.tmp-0123456789abcdef"));
    EXPECT_TRUE(disk_->exists("/d/users.json.sessions.tmp-mine"));
}

TEST_F(AccessBookTest, AHundredThousandSessionsComeBack) {
    constexpr UserId kSessions = 100'000;
    std::string lines;
    for (SessionId id = 1; id <= kSessions; ++id) {
        Session session = some_session(1 + id % 9);
        session.id = id;
        append_step(session, lines);
    }
    disk_->save(kAccessFile, framed_batch(1, kSessions, lines));
    const auto book = open();
    EXPECT_EQ(book->access().size(), kSessions);
    book->write_anew();
    EXPECT_EQ(open()->access().size(), kSessions);
}

TEST(AccessBookOnDisk, NobodyElseReadsIt) {
    TemporaryDirectory directory;
    const std::string book = (directory / "users.json").string();
    const auto files = std::shared_ptr<FileSystem>(make_posix_file_system());
    write_text(book, "");
    SessionLog access(CompanionPlace{files, book, *files->info(book)}, users_up_to_nine,
                      test_options(), 0);
    const auto mode = [&] { return files->info(book + ".sessions")->mode & 07777; };
    EXPECT_EQ(mode(), 0600U);
    commit(access, open_session(1));
    access.write_anew();
    EXPECT_EQ(mode(), 0600U);
    EXPECT_EQ(access.access().size(), 1U);
}

}  // namespace
}  // namespace roster::storage
