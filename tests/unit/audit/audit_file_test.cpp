#include "audit/audit_file.hpp"

#include "audit/rotated_file.hpp"
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

TEST(AuditFile, IsPutAsideWhenItIsLarge) {
    const auto disk = std::make_shared<MemoryFileSystem>();
    auto trail = open_trail(disk, audit_options(kTwoLines));
    for (const char* action : {"a", "b", "c", "d", "e"})
        EXPECT_TRUE(write(trail, {action}));
    EXPECT_THAT(log_files(*disk), ElementsAre("users.json.audit", "users.json.audit.000000000001",
                                              "users.json.audit.000000000003"));
    EXPECT_THAT(actions_on(*disk), ElementsAre("a", "b", "c", "d", "e"));
    const AuditReport report = verify(*disk);
    EXPECT_TRUE(report.is_sound()) << findings_of(report);
    EXPECT_EQ(report.files, 3U);
    EXPECT_EQ(report.lines, 5U);
}

TEST(AuditFile, GoesOnWithItsSizeAndItsNumberAfterARestart) {
    auto disk = std::make_shared<MemoryFileSystem>();
    for (const char* action : {"a", "b", "c", "d", "e"}) {
        auto trail = open_trail(disk, audit_options(kTwoLines));
        EXPECT_TRUE(write(trail, {action}));
        disk = disk->after_restart();
    }
    EXPECT_THAT(log_files(*disk), ElementsAre("users.json.audit", "users.json.audit.000000000001",
                                              "users.json.audit.000000000003"));
    EXPECT_TRUE(verify(*disk).is_sound());
}

TEST(AuditFile, OldFilesAreRemoved) {
    const auto disk = std::make_shared<MemoryFileSystem>();
    auto trail = open_trail(disk, audit_options(kTwoLines, 2));
    for (int i = 0; i < 11; ++i)
        EXPECT_TRUE(write(trail, {"a"}));
    EXPECT_THAT(log_files(*disk), ElementsAre("users.json.audit", "users.json.audit.000000000007",
                                              "users.json.audit.000000000009"));
    const AuditReport report = verify(*disk);
    EXPECT_TRUE(report.is_sound()) << findings_of(report);
    EXPECT_EQ(report.first->seq, 7U);
    EXPECT_EQ(report.last->seq, 11U);
}

TEST(AuditFile, TheNextOneKeepsOwnerAndMode) {
    const auto disk = std::make_shared<MemoryFileSystem>();
    auto trail = open_trail(disk, audit_options(kTwoLines));
    FileInfo like;
    like.owner = 17;
    like.group = 18;
    like.mode = 0640;
    ASSERT_TRUE((*disk->open(kLog, OpenMode::append))->set_owner_and_mode(like));
    for (int i = 0; i < 3; ++i)
        EXPECT_TRUE(write(trail, {"a"}));
    ASSERT_TRUE(disk->exists(aside_path(kLog, 1)));
    const auto info = disk->info(kLog);
    EXPECT_EQ(info->owner, 17U);
    EXPECT_EQ(info->group, 18U);
    EXPECT_EQ(info->mode, 0640U);
}

TEST(AuditFile, NeverTakesTheNameOfAnotherFile) {
    KeptLog kept;
    AuditOptions options = audit_options(kTwoLines);
    options.log = kept.log;
    const auto disk = std::make_shared<MemoryFileSystem>();
    auto trail = open_trail(disk, options);
    disk->save(aside_path(kLog, 1), "somebody's");
    for (int i = 0; i < 5; ++i)
        EXPECT_TRUE(write(trail, {"a"}));
    EXPECT_EQ(disk->text_of(aside_path(kLog, 1)), "somebody's");
    EXPECT_EQ(lines_of(disk->text_of(kLog)).size(), 5U);
    EXPECT_EQ(kept.count("cannot be put aside"), 1U);
}

TEST(AuditFile, GoesOnWhereSomebodyMovedIt) {
    const auto disk = std::make_shared<MemoryFileSystem>();
    auto trail = open_trail(disk, audit_options(kTwoLines));
    EXPECT_TRUE(write(trail, {"a", "b"}));
    ASSERT_TRUE(disk->rename(kLog, "/d/mine"));
    EXPECT_TRUE(write(trail, {"c"}));
    EXPECT_EQ(lines_of(disk->text_of("/d/mine")).size(), 2U);
    EXPECT_EQ(lines_of(disk->text_of(kLog)).size(), 1U);
}

// Writes one line at a time over a file system with a fault; what fails is given again, as the
// writer does.
class Script {
  public:
    Script(std::shared_ptr<FaultyFileSystem> files, std::size_t keep)
        : files_(std::move(files)), keep_(keep) {}

    void run() {
        try {
            AuditTrail trail = open_trail(files_, audit_options(kTwoLines, keep_));
            for (int i = 1; i <= kLines && !is_dead(); ++i)
                add(trail, std::to_string(i));
        } catch (const StartupError&) {
            EXPECT_TRUE(files_->has_struck());
        }
    }

    static constexpr int kLines = 9;
    // What was synced while syncing could be believed.
    int synced = 0;
    bool is_written = true;

  private:
    void add(AuditTrail& trail, const std::string& action) {
        constexpr int kAttempts = 10;
        bool done = false;
        for (int attempt = 0; attempt < kAttempts && !done && !is_dead(); ++attempt)
            done = write(trail, {action});
        is_written = is_written && done;
        trail.sync();
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

// A start, one more line, and a sound chain that holds all that was synced.
void expect_goes_on(const std::shared_ptr<MemoryFileSystem>& disk, const Script& script,
                    std::size_t keep, const std::string& where) {
    try {
        AuditTrail trail = open_trail(disk, audit_options(kTwoLines, keep));
        EXPECT_GE(trail.chain().last_seq(), static_cast<std::uint64_t>(script.synced)) << where;
        EXPECT_TRUE(write(trail, {"after"})) << where;
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

TEST(AuditCrash, TheChainGoesOnWhereverThePowerGoes) {
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
            expect_goes_on(disk->after_power_cut(), script, keep, where);
            for (unsigned seed = 1; seed <= 20; ++seed) {
                std::mt19937 random(seed);
                expect_goes_on(disk->after_power_cut(random), script, keep,
                               where + ", seed " + std::to_string(seed));
            }
            expect_goes_on(disk->after_restart(), script, keep, where + ", killed");
        }
    }
}

TEST(AuditCrash, NoFaultThatPassesLosesOrDoublesALine) {
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
            expect_goes_on(disk->after_restart(), script, 100, where);
        }
    }
}

}  // namespace
}  // namespace roster::audit
