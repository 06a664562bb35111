#include "audit/audit_queue.hpp"

#include "unit/audit/support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace roster::audit {
namespace {

using namespace roster::audit::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Fixture {
    std::shared_ptr<MemoryFileSystem> disk = std::make_shared<MemoryFileSystem>();
    std::shared_ptr<FaultyFileSystem> files = std::make_shared<FaultyFileSystem>(disk);
    KeptLog kept;

    AuditTrail open() {
        AuditOptions options = audit_options();
        options.log = kept.log;
        return open_trail(files, options);
    }
};

TEST(AuditTrail, SaysFirstHowManyWereLost) {
    Fixture fixture;
    AuditTrail trail = fixture.open();
    EXPECT_TRUE(write(trail, {"a"}, 7));
    const auto lines = lines_of(fixture.disk->text_of(kLog));
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_THAT(lines[0], HasSubstr("\"action\":\"audit_lost\",\"target\":\"7 events\",\"outcome\":"
                                    "\"overloaded\",\"count\":7,"));
    EXPECT_THAT(lines[1], HasSubstr("\"action\":\"a\""));
    EXPECT_EQ(fixture.kept.count("7 events were lost"), 1U);
}

TEST(AuditTrail, AFullDiskIsSaidOnceAndLeavesNoHalfLine) {
    Fixture fixture;
    AuditTrail trail = fixture.open();
    ASSERT_TRUE(write(trail, {"a"}));
    const std::string before = fixture.disk->text_of(kLog);
    fixture.files->arm(fixture.files->calls() + 1, Fault::disk_full);
    for (int attempt = 0; attempt < 3; ++attempt) {
        EXPECT_FALSE(write(trail, {"b", "c"}));
        EXPECT_EQ(fixture.disk->text_of(kLog), before);
    }
    EXPECT_EQ(fixture.kept.count("[error] audit log: cannot be written"), 1U);
    fixture.files->disarm();
    EXPECT_TRUE(write(trail, {"b", "c"}));
    EXPECT_EQ(fixture.kept.count("is written again"), 1U);
    EXPECT_THAT(actions_on(*fixture.disk), ElementsAre("a", "b", "c"));
    EXPECT_TRUE(verify(*fixture.disk).is_sound());
}

TEST(AuditTrail, WhatCouldNotBeCutOffIsCutBeforeTheNextLine) {
    Fixture fixture;
    AuditTrail trail = fixture.open();
    ASSERT_TRUE(write(trail, {"a"}));
    fixture.files->arm(fixture.files->calls() + 1, Fault::read_only_once);
    EXPECT_FALSE(write(trail, {"b"}));
    EXPECT_FALSE(fixture.disk->text_of(kLog).ends_with("\n"));
    fixture.files->disarm();
    EXPECT_TRUE(write(trail, {"b"}));
    EXPECT_THAT(actions_on(*fixture.disk), ElementsAre("a", "b"));
    EXPECT_TRUE(verify(*fixture.disk).is_sound());
}

TEST(AuditTrail, AFailedSyncIsSaidAndStopsNothing) {
    Fixture fixture;
    AuditTrail trail = fixture.open();
    ASSERT_TRUE(write(trail, {"a"}));
    fixture.files->arm(fixture.files->calls() + 1, Fault::fails);
    trail.sync();
    EXPECT_EQ(fixture.kept.count("[error] audit log: cannot be synced"), 1U);
    // The kernel would say yes to a second one, whatever became of the lines.
    const std::size_t calls = fixture.files->calls();
    trail.sync();
    EXPECT_EQ(fixture.files->calls(), calls);
    EXPECT_TRUE(write(trail, {"b"}));
    trail.sync();
    EXPECT_EQ(fixture.kept.count("is synced again"), 1U);
}

}  // namespace
}  // namespace roster::audit
