#include "audit/audit_reader.hpp"

#include "unit/audit/support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace roster::audit {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class AuditReader : public ::testing::Test {
  protected:
    void write(const std::vector<std::string>& actions) {
        ChainedFile log = open_chained(disk_, options_);
        for (const std::string& action : actions)
            ASSERT_TRUE(log.write({action}));
    }

    void write_numbered(int count) {
        std::vector<std::string> actions;
        for (int i = 1; i <= count; ++i)
            actions.push_back(std::to_string(i));
        write(actions);
    }

    AuditPage page(const AuditQuery& query = {}) {
        const auto read = read_audit_log(*disk_, kLog, query);
        EXPECT_TRUE(read) << read.error().message();
        return read ? *read : AuditPage();
    }

    static std::vector<std::string> actions_of(const AuditPage& page) {
        std::vector<std::string> actions;
        for (const std::string& line : page.lines)
            actions.push_back(action_in(line));
        return actions;
    }

    // Of all pages, each of `limit` lines.
    std::vector<std::string> all(std::size_t limit) {
        AuditQuery query;
        query.limit = limit;
        std::vector<std::string> actions;
        do {
            const AuditPage part = page(query);
            EXPECT_LE(part.lines.size(), limit);
            for (const std::string& action : actions_of(part))
                actions.push_back(action);
            query.cursor = part.next_cursor;
        } while (!query.cursor.empty());
        return actions;
    }

    std::shared_ptr<MemoryFileSystem> disk_ = std::make_shared<MemoryFileSystem>();
    AuditOptions options_ = audit_options();
};

std::vector<std::string> down_from(int count) {
    std::vector<std::string> numbers;
    for (int i = count; i > 0; --i)
        numbers.push_back(std::to_string(i));
    return numbers;
}

TEST_F(AuditReader, ReadsTheNewestFirst) {
    write({"one", "two", "three"});
    EXPECT_THAT(actions_of(page()), ElementsAre("three", "two", "one"));
    EXPECT_EQ(page().next_cursor, "");
}

TEST_F(AuditReader, ReadsPagesOverRotatedFilesWithoutAGap) {
    options_ = audit_options(600);
    write_numbered(40);
    ASSERT_GT(disk_->names().size(), 5U);
    for (const std::size_t limit : {1U, 2U, 3U, 7U, 40U, 100U})
        EXPECT_EQ(all(limit), down_from(40)) << limit;
}

TEST_F(AuditReader, ReadsOnAfterARotation) {
    write_numbered(10);
    AuditQuery query;
    query.limit = 4;
    const AuditPage first = page(query);
    EXPECT_THAT(actions_of(first), ElementsAre("10", "9", "8", "7"));
    options_ = audit_options(100);
    write({"11", "12"});
    query.cursor = first.next_cursor;
    query.limit = 100;
    EXPECT_EQ(actions_of(page(query)), down_from(6));
}

TEST_F(AuditReader, ReadsFilesThatAreLargerThanAChunk) {
    write_numbered(2000);
    EXPECT_EQ(all(500), down_from(2000));
}

TEST_F(AuditReader, FindsLinesByTheirMembers) {
    ChainedFile log = open_chained(disk_);
    std::string lines;
    for (const char* actor : {"user 1", "user 2", "user 1"}) {
        AuditEvent event = event_of("log_in");
        event.actor = actor;
        event.address = "192.0.2.1";
        lines += log.chain.add(event, audit_options().now());
    }
    ASSERT_TRUE(log.file->append(lines, 1));
    AuditQuery query;
    query.actor = "user 1";
    EXPECT_EQ(page(query).lines.size(), 2U);
    query.address = "192.0.2.1";
    query.action = "log_in";
    EXPECT_EQ(page(query).lines.size(), 2U);
    query.outcome = "ok";
    EXPECT_THAT(page(query).lines, IsEmpty()) << "they have none";
}

TEST_F(AuditReader, FindsLinesByTheirTime) {
    write({"one"});
    const auto now = std::chrono::floor<std::chrono::seconds>(audit_options().now());
    AuditQuery query;
    query.since = query.until = now;
    EXPECT_EQ(page(query).lines.size(), 1U);
    query.since = now + std::chrono::seconds(1);
    query.until.reset();
    EXPECT_THAT(page(query).lines, IsEmpty());
    query.since.reset();
    query.until = now - std::chrono::seconds(1);
    EXPECT_THAT(page(query).lines, IsEmpty());
}

TEST_F(AuditReader, LeavesOutALineThatIsBeingWritten) {
    write({"one"});
    ASSERT_TRUE(disk_->open(kLog, OpenMode::append).value()->append("{\"time\":"));
    EXPECT_THAT(actions_of(page()), ElementsAre("one"));
}

TEST_F(AuditReader, ReadsAFileWhoseFirstLineIsDamaged) {
    write({"one", "two"});
    std::string bytes = *read_file(*disk_, kLog);
    bytes[3] = '#';
    ASSERT_TRUE(disk_->remove(kLog));
    ASSERT_TRUE(disk_->open(kLog, OpenMode::append).value()->append(bytes));
    EXPECT_THAT(actions_of(page()), ElementsAre("two"));
}

TEST_F(AuditReader, SaysThatThereIsNoLog) {
    EXPECT_EQ(read_audit_log(*disk_, kLog, {}).error(),
              boost::system::errc::no_such_file_or_directory);
    ASSERT_TRUE(disk_->open(kLog, OpenMode::append).value()->append("root:x:0:0\n"));
    EXPECT_EQ(read_audit_log(*disk_, kLog, {}).error(), boost::system::errc::bad_message);
}

TEST_F(AuditReader, RefusesACursorOfSomethingElse) {
    write({"one"});
    for (const char* cursor : {"x", "1", "1-", "-1", "1-2-3"}) {
        AuditQuery query;
        query.cursor = cursor;
        EXPECT_EQ(read_audit_log(*disk_, kLog, query).error(), Errc::invalid_request) << cursor;
    }
    AuditQuery far;
    far.cursor = "999-999999";
    EXPECT_THAT(actions_of(page(far)), ElementsAre("one"));
}

}  // namespace
}  // namespace roster::audit
