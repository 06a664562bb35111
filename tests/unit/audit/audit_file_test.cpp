#include "audit/audit_file.hpp"

#include "unit/audit/support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

namespace roster::audit {
namespace {

using namespace roster::audit::testing;
using ::testing::ElementsAre;

// Room for two short lines.
constexpr std::size_t kTwoLines = 320;

std::vector<std::string> log_files(const MemoryFileSystem& disk) {
    std::vector<std::string> found;
    for (const std::string& name : disk.names())
        if (!name.ends_with(".lock")) found.push_back(name);
    return found;
}

TEST(AuditFile, IsRotatedWhenItIsLarge) {
    const auto disk = std::make_shared<MemoryFileSystem>();
    auto log = open_chained(disk, audit_options(kTwoLines));
    for (const char* action : {"a", "b", "c", "d", "e"})
        EXPECT_TRUE(log.write({action}));
    EXPECT_THAT(log_files(*disk), ElementsAre("users.json.audit", "users.json.audit.000000000001",
                                              "users.json.audit.000000000003"));
    EXPECT_THAT(actions_on(*disk), ElementsAre("a", "b", "c", "d", "e"));
    const AuditReport report = verify(*disk);
    EXPECT_TRUE(report.is_sound()) << findings_of(report);
    EXPECT_EQ(report.files, 3U);
    EXPECT_EQ(report.lines, 5U);
}

TEST(AuditFile, KnowsItsSizeAndItsNumberAfterARestart) {
    auto disk = std::make_shared<MemoryFileSystem>();
    for (const char* action : {"a", "b", "c", "d", "e"}) {
        auto log = open_chained(disk, audit_options(kTwoLines));
        EXPECT_TRUE(log.write({action}));
        disk = disk->after_restart();
    }
    EXPECT_THAT(log_files(*disk), ElementsAre("users.json.audit", "users.json.audit.000000000001",
                                              "users.json.audit.000000000003"));
    EXPECT_TRUE(verify(*disk).is_sound());
}

TEST(AuditFile, RemovesOldFiles) {
    const auto disk = std::make_shared<MemoryFileSystem>();
    auto log = open_chained(disk, audit_options(kTwoLines, 2));
    for (int i = 0; i < 11; ++i)
        EXPECT_TRUE(log.write({"a"}));
    EXPECT_THAT(log_files(*disk), ElementsAre("users.json.audit", "users.json.audit.000000000007",
                                              "users.json.audit.000000000009"));
    const AuditReport report = verify(*disk);
    EXPECT_TRUE(report.is_sound()) << findings_of(report);
    EXPECT_EQ(report.first->seq, 7U);
    EXPECT_EQ(report.last->seq, 11U);
}

TEST(AuditFile, KeepsOwnerAndModeAfterARotation) {
    const auto disk = std::make_shared<MemoryFileSystem>();
    auto log = open_chained(disk, audit_options(kTwoLines));
    FileInfo like;
    like.owner = 17;
    like.group = 18;
    like.mode = 0640;
    ASSERT_TRUE((*disk->open(kLog, OpenMode::append))->set_owner_and_mode(like));
    for (int i = 0; i < 3; ++i)
        EXPECT_TRUE(log.write({"a"}));
    ASSERT_TRUE(disk->exists(rotated_path(kLog, 1)));
    const auto info = disk->info(kLog);
    EXPECT_EQ(info->owner, 17U);
    EXPECT_EQ(info->group, 18U);
    EXPECT_EQ(info->mode, 0640U);
}

TEST(AuditFile, NeverOverwritesAnotherFile) {
    KeptLog kept;
    AuditOptions options = audit_options(kTwoLines);
    options.log = kept.log;
    const auto disk = std::make_shared<MemoryFileSystem>();
    auto log = open_chained(disk, options);
    disk->save(rotated_path(kLog, 1), "another");
    for (int i = 0; i < 5; ++i)
        EXPECT_TRUE(log.write({"a"}));
    EXPECT_EQ(disk->text_of(rotated_path(kLog, 1)), "another");
    EXPECT_EQ(lines_of(disk->text_of(kLog)).size(), 5U);
    EXPECT_EQ(kept.count("cannot be rotated"), 1U);
}

TEST(AuditFile, ContinuesAfterAPersonMovedIt) {
    const auto disk = std::make_shared<MemoryFileSystem>();
    auto log = open_chained(disk, audit_options(kTwoLines));
    EXPECT_TRUE(log.write({"a", "b"}));
    ASSERT_TRUE(disk->rename(kLog, "/d/mine"));
    EXPECT_TRUE(log.write({"c"}));
    EXPECT_EQ(lines_of(disk->text_of("/d/mine")).size(), 2U);
    EXPECT_EQ(lines_of(disk->text_of(kLog)).size(), 1U);
}

TEST(AuditFile, IsOpenedAgainAfterItWasMovedOrRemoved) {
    const auto disk = std::make_shared<MemoryFileSystem>();
    auto log = open_chained(disk);
    EXPECT_TRUE(log.write({"a"}));
    EXPECT_TRUE(log.file->reopen());
    EXPECT_TRUE(log.write({"b"}));
    EXPECT_EQ(lines_of(disk->text_of(kLog)).size(), 2U) << "it was in its place";
    ASSERT_TRUE(disk->rename(kLog, "/d/mine"));
    EXPECT_TRUE(log.write({"c"}));
    EXPECT_TRUE(log.file->reopen());
    EXPECT_TRUE(log.write({"d"}));
    disk->save("/d/whole", disk->text_of("/d/mine") + disk->text_of(kLog));
    EXPECT_TRUE(verify_audit_files(*disk, "/d/whole", "", [] {})->is_sound());
    EXPECT_EQ(verify(*disk).rotated_away(), 3U);
    ASSERT_TRUE(disk->remove(kLog));
    disk->save(kLog, "");  // as logrotate does with "create"
    EXPECT_TRUE(log.file->reopen());
    EXPECT_TRUE(log.write({"e"}));
    EXPECT_EQ(verify(*disk).rotated_away(), 4U);
}

TEST(AuditFile, GoesOnInItsFileIfAnotherOneIsInItsPlace) {
    const auto disk = std::make_shared<MemoryFileSystem>();
    auto log = open_chained(disk, audit_options(kTwoLines));
    EXPECT_TRUE(log.write({"a"}));
    ASSERT_TRUE(disk->rename(kLog, "/d/mine"));
    disk->save(kLog, "precious");
    EXPECT_EQ(log.file->reopen().error(), boost::system::errc::file_exists);
    EXPECT_TRUE(log.write({"b", "c"})) << "a rotation moves no other file, either";
    EXPECT_EQ(disk->text_of(kLog), "precious");
    EXPECT_EQ(lines_of(disk->text_of("/d/mine")).size(), 3U);
    // Back in its place, it is rotated as usual.
    ASSERT_TRUE(disk->rename("/d/mine", kLog));
    EXPECT_TRUE(log.file->reopen());
    EXPECT_TRUE(log.write({"d"}));
    EXPECT_EQ(actions_on(*disk), (std::vector<std::string>{"a", "b", "c", "d"}));
    EXPECT_EQ(lines_of(disk->text_of(kLog)).size(), 1U);
}

TEST(RotatedFiles, AreInOrderWithoutOtherFiles) {
    const auto disk = std::make_shared<MemoryFileSystem>();
    for (const char* end : {".000000000123", ".000000000007", ".lock", ".1", ".000000000000",
                            ".00000000000x", ".000000000123.gz", ".1000000000000"})
        disk->save(kLog + end, "");
    const auto rotated = list_rotated(*disk, kLog);
    ASSERT_TRUE(rotated);
    ASSERT_EQ(rotated->size(), 3U);
    EXPECT_EQ((*rotated)[0].path, kLog + ".000000000007");
    EXPECT_EQ((*rotated)[1].first_seq, 123U);
    EXPECT_EQ((*rotated)[2].first_seq, 1'000'000'000'000U);
}

TEST(AuditFile, AFullDiskLeavesNoHalfLine) {
    const auto disk = std::make_shared<MemoryFileSystem>();
    const auto files = std::make_shared<FaultyFileSystem>(disk);
    auto log = open_chained(files);
    ASSERT_TRUE(log.write({"a"}));
    const std::string before = disk->text_of(kLog);
    files->arm(files->calls() + 1, Fault::disk_full);
    for (int attempt = 0; attempt < 3; ++attempt) {
        EXPECT_FALSE(log.write({"b", "c"}));
        EXPECT_EQ(disk->text_of(kLog), before);
    }
    files->disarm();
    EXPECT_TRUE(log.write({"b", "c"}));
    EXPECT_THAT(actions_on(*disk), ElementsAre("a", "b", "c"));
    EXPECT_TRUE(verify(*disk).is_sound());
}

TEST(AuditFile, WhatCouldNotBeCutOffIsCutBeforeTheNextLine) {
    const auto disk = std::make_shared<MemoryFileSystem>();
    const auto files = std::make_shared<FaultyFileSystem>(disk);
    auto log = open_chained(files);
    ASSERT_TRUE(log.write({"a"}));
    files->arm(files->calls() + 1, Fault::read_only_once);
    EXPECT_FALSE(log.write({"b"}));
    EXPECT_FALSE(disk->text_of(kLog).ends_with("\n"));
    files->disarm();
    EXPECT_TRUE(log.write({"b"}));
    EXPECT_THAT(actions_on(*disk), ElementsAre("a", "b"));
    EXPECT_TRUE(verify(*disk).is_sound());
}

// Writes one line at a time to a file system with a fault, and repeats what fails, as the writer
// does.
class Script {
  public:
    Script(std::shared_ptr<FaultyFileSystem> files, std::size_t keep)
        : files_(std::move(files)), keep_(keep) {}

    void run() {
        try {
            ChainedFile log = open_chained(files_, audit_options(kTwoLines, keep_));
            for (int i = 1; i <= kLines && !is_dead(); ++i)
                add(log, std::to_string(i));
        } catch (const StartupError&) {
            EXPECT_TRUE(files_->has_struck());
        }
    }

    static constexpr int kLines = 9;
    // The last action that was synced before the fault.
    int synced = 0;
    bool is_written = true;

  private:
    void add(ChainedFile& log, const std::string& action) {
        constexpr int kAttempts = 10;
        bool done = false;
        for (int attempt = 0; attempt < kAttempts && !done && !is_dead(); ++attempt)
            done = log.write({action});
        is_written = is_written && done;
        (void)log.file->sync();
        if (!files_->has_struck()) synced = std::stoi(action);
    }

    bool is_dead() const { return files_->has_struck() && files_->fault() == Fault::power_cut; }

    std::shared_ptr<FaultyFileSystem> files_;
    std::size_t keep_;
};

std::size_t calls_of_script(std::size_t keep) {
    const auto files = std::make_shared<FaultyFileSystem>(std::make_shared<MemoryFileSystem>());
    Script script(files, keep);
    script.run();
    EXPECT_EQ(script.synced, Script::kLines);
    return files->calls();
}

// A start, one more line, and a sound chain with everything that was synced.
void expect_continues(const std::shared_ptr<MemoryFileSystem>& disk, const Script& script,
                      std::size_t keep, const std::string& where) {
    try {
        ChainedFile log = open_chained(disk, audit_options(kTwoLines, keep));
        EXPECT_GE(log.chain.last_seq(), static_cast<std::uint64_t>(script.synced)) << where;
        EXPECT_TRUE(log.write({"after"})) << where;
    } catch (const StartupError& error) {
        FAIL() << where << ": " << error.what();
    }
    const AuditReport report = verify(*disk);
    ASSERT_TRUE(report.is_sound()) << where << "\n" << findings_of(report);
    const std::vector<std::string> actions = actions_on(*disk);
    ASSERT_FALSE(actions.empty()) << where;
    EXPECT_EQ(actions.back(), "after") << where;
    EXPECT_EQ(report.lines, report.last->seq - report.first->seq + 1) << where;
    if (keep >= Script::kLines) {
        EXPECT_EQ(report.first->seq, 1U) << where;
    }
    for (std::size_t i = 0; i + 1 < actions.size(); ++i)
        EXPECT_EQ(actions[i], std::to_string(report.first->seq + i)) << where;
}

TEST(AuditCrash, TheChainContinuesAfterAPowerCutAtAnyCall) {
    for (const std::size_t keep : {std::size_t{1}, std::size_t{100}}) {
        const std::size_t calls = calls_of_script(keep);
        ASSERT_GT(calls, 40U);
        for (std::size_t call = 1; call <= calls + 1; ++call) {
            const auto disk = std::make_shared<MemoryFileSystem>();
            const auto files = std::make_shared<FaultyFileSystem>(disk);
            files->arm(call, Fault::power_cut);
            Script script(files, keep);
            script.run();
            const std::string where = "call " + std::to_string(call) + ", " + files->struck();
            expect_continues(disk->after_power_cut(), script, keep, where);
            for (unsigned seed = 1; seed <= 20; ++seed) {
                std::mt19937 random(seed);
                expect_continues(disk->after_power_cut(random), script, keep,
                                 where + ", seed " + std::to_string(seed));
            }
            expect_continues(disk->after_restart(), script, keep, where + ", killed");
        }
    }
}

TEST(AuditCrash, NoTemporaryFaultLosesOrDuplicatesALine) {
    for (const Fault fault : {Fault::fails, Fault::disk_full_once, Fault::read_only_once}) {
        const std::size_t calls = calls_of_script(1);
        for (std::size_t call = 1; call <= calls; ++call) {
            const auto disk = std::make_shared<MemoryFileSystem>();
            const auto files = std::make_shared<FaultyFileSystem>(disk);
            files->arm(call, fault);
            Script script(files, 100);
            script.run();
            const std::string where = "call " + std::to_string(call) + ", " + files->struck();
            EXPECT_TRUE(script.is_written) << where;
            expect_continues(disk->after_restart(), script, 100, where);
        }
    }
}

}  // namespace
}  // namespace roster::audit
