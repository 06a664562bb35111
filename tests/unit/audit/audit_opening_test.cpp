#include "audit/audit_opening.hpp"

#include "audit/rotated_file.hpp"
#include "unit/audit/support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace roster::audit {
namespace {

using namespace roster::audit::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A log of three lines.
std::shared_ptr<MemoryFileSystem> written_disk() {
    const auto disk = std::make_shared<MemoryFileSystem>();
    auto trail = open_trail(disk);
    EXPECT_TRUE(write(trail, {"a", "b", "c"}));
    trail.sync();
    return disk->after_restart();
}

std::string refusal(const std::shared_ptr<MemoryFileSystem>& disk, Errc expected) {
    try {
        (void)open_audit_file(disk, kLog, audit_options());
    } catch (const StartupError& error) {
        EXPECT_EQ(error.code(), expected);
        return error.what();
    }
    ADD_FAILURE() << "was opened";
    return "";
}

TEST(AuditOpening, MakesAPrivateFileOfTheStoresOwner) {
    const auto disk = std::make_shared<MemoryFileSystem>();
    disk->save("/d/users.json", "{}");
    FileInfo owner;
    owner.owner = 17;
    owner.group = 18;
    owner.mode = 0644;
    ASSERT_TRUE((*disk->open("/d/users.json", OpenMode::append))->set_owner_and_mode(owner));
    AuditOptions options = audit_options();
    options.owner_of = "/d/users.json";
    (void)open_audit_file(disk, kLog, options);
    for (const std::string& path : {kLog, kLog + ".lock"}) {
        const auto info = disk->info(path);
        ASSERT_TRUE(info);
        EXPECT_EQ(info->owner, 17U) << path;
        EXPECT_EQ(info->group, 18U) << path;
        EXPECT_EQ(info->mode, 0600U) << path;
    }
}

TEST(AuditOpening, ContinuesTheChain) {
    const auto disk = written_disk();
    auto trail = open_trail(disk);
    EXPECT_EQ(trail.chain().last_seq(), 3U);
    EXPECT_TRUE(write(trail, {"d"}));
    EXPECT_THAT(actions_on(*disk), ElementsAre("a", "b", "c", "d"));
    const AuditReport report = verify(*disk);
    EXPECT_TRUE(report.is_sound()) << findings_of(report);
    EXPECT_EQ(report.lines, 4U);
}

TEST(AuditOpening, HasOneWriter) {
    const auto disk = written_disk();
    const auto held = open_audit_file(disk, kLog, audit_options());
    EXPECT_THAT(refusal(disk, Errc::store_locked), HasSubstr(kLog + " is in use"));
}

TEST(AuditOpening, CutsATornTailAtEveryByte) {
    const std::string whole = written_disk()->text_of(kLog);
    const std::size_t first_two = whole.rfind('\n', whole.size() - 2) + 1;
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const auto disk = std::make_shared<MemoryFileSystem>();
        disk->save(kLog, whole.substr(0, size));
        auto opened = open_audit_file(disk, kLog, audit_options());
        const auto newline = size == 0 ? std::string::npos : whole.rfind('\n', size - 1);
        const std::size_t good = newline == std::string::npos ? 0 : newline + 1;
        EXPECT_EQ(opened.torn_bytes, size - good) << size;
        EXPECT_EQ(disk->text_of(kLog), whole.substr(0, good)) << size;
        if (size >= first_two) {
            EXPECT_EQ(opened.chain.last_seq(), 2U) << size;
        }
    }
}

TEST(AuditOpening, ALineWithNulsAtTheEndIsATornOne) {
    const std::string whole = written_disk()->text_of(kLog);
    for (const std::string& tail :
         {std::string(100, '\0'), std::string(100, '\0') + "\"}\n",
          std::string("{\"time\0\0\n", 9) + std::string(5, '\0') + "\n"}) {
        const auto disk = std::make_shared<MemoryFileSystem>();
        disk->save(kLog, whole + tail);
        const auto opened = open_audit_file(disk, kLog, audit_options());
        EXPECT_EQ(opened.torn_bytes, tail.size());
        EXPECT_EQ(opened.chain.last_seq(), 3U);
        EXPECT_EQ(disk->text_of(kLog), whole);
    }
    const auto disk = std::make_shared<MemoryFileSystem>();
    disk->save(kLog, std::string(100, '\0'));
    EXPECT_EQ(open_audit_file(disk, kLog, audit_options()).torn_bytes, 100U);
}

TEST(AuditOpening, NulsBeforeAWholeLineAreLeftForTheCheckToFind) {
    const std::string whole = written_disk()->text_of(kLog);
    std::string text = whole;
    text.replace(whole.find('\n') + 1, 20, std::string(20, '\0'));
    const auto disk = std::make_shared<MemoryFileSystem>();
    disk->save(kLog, text);
    EXPECT_EQ(open_audit_file(disk, kLog, audit_options()).torn_bytes, 0U);
    EXPECT_EQ(disk->text_of(kLog), text);
    EXPECT_THAT(findings_of(verify(*disk)), HasSubstr(kLog + ":2: is no line of an audit log"));
}

TEST(AuditOpening, RefusesAFileThatIsNoAuditLogAndLeavesIt) {
    const std::string log = written_disk()->text_of(kLog);
    const std::vector<std::pair<std::string, std::string>> others{
        {"root:x:0:0\n", ":1: "},
        {"no newline at all", ":1: "},
        {"{\n\t\"users\": []\n}\n", ":3: "},
        {log + "something\n", ":4: "},
        {log + "something\n{\"time", ":4: "},
        {"something\n" + log, ":1: "},
        {std::string(2'000'000, 'x'), ":1: "},
        {std::string("\0\x01\x02binary", 9), ":1: "},
    };
    for (const auto& [text, place] : others) {
        const auto disk = std::make_shared<MemoryFileSystem>();
        disk->save(kLog, text);
        EXPECT_THAT(refusal(disk, Errc::store_damaged), HasSubstr(kLog + place));
        EXPECT_EQ(disk->text_of(kLog), text);
    }
}

TEST(AuditOpening, NamesTheLineOfALongFile) {
    std::string text;
    const std::string log = written_disk()->text_of(kLog);
    while (text.size() < 1'500'000)
        text += log;
    const auto disk = std::make_shared<MemoryFileSystem>();
    disk->save(kLog, text + "x\n");
    const auto line = lines_of(text).size() + 1;
    EXPECT_THAT(refusal(disk, Errc::store_damaged),
                HasSubstr(kLog + ":" + std::to_string(line) + ": "));
}

TEST(AuditOpening, GoesOnBehindWhatWasPutAside) {
    const std::string log = written_disk()->text_of(kLog);
    for (const char* torn : {"", "{\"time\":\"20"}) {
        const auto disk = std::make_shared<MemoryFileSystem>();
        disk->save(aside_path(kLog, 1), log + torn);
        auto trail = open_trail(disk);
        EXPECT_TRUE(write(trail, {"d"}));
        const AuditReport report = verify(*disk);
        EXPECT_TRUE(report.is_sound()) << findings_of(report);
        EXPECT_EQ(report.lines, 4U);
        EXPECT_EQ(report.files, 2U);
    }
}

TEST(AuditAside, NamesAreInOrderAndNoOthersAreTaken) {
    const auto disk = std::make_shared<MemoryFileSystem>();
    for (const char* end : {".000000000123", ".000000000007", ".lock", ".1", ".000000000000",
                            ".00000000000x", ".000000000123.gz", ".1000000000000"})
        disk->save(kLog + end, "");
    const auto aside = list_aside(*disk, kLog);
    ASSERT_TRUE(aside);
    ASSERT_EQ(aside->size(), 3U);
    EXPECT_EQ((*aside)[0].path, kLog + ".000000000007");
    EXPECT_EQ((*aside)[1].first_seq, 123U);
    EXPECT_EQ((*aside)[2].first_seq, 1'000'000'000'000U);
}

}  // namespace
}  // namespace roster::audit
