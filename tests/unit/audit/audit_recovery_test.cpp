#include "audit/audit_file.hpp"

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
    auto log = open_chained(disk);
    EXPECT_TRUE(log.write({"a", "b", "c"}));
    (void)log.file->sync();
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

TEST(AuditRecovery, CreatesAPrivateFileWithTheOwnerOfTheStore) {
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

TEST(AuditRecovery, ContinuesTheChain) {
    const auto disk = written_disk();
    auto log = open_chained(disk);
    EXPECT_EQ(log.chain.last_seq(), 3U);
    EXPECT_TRUE(log.write({"d"}));
    EXPECT_THAT(actions_on(*disk), ElementsAre("a", "b", "c", "d"));
    const AuditReport report = verify(*disk);
    EXPECT_TRUE(report.is_sound()) << findings_of(report);
    EXPECT_EQ(report.lines, 4U);
}

TEST(AuditRecovery, RefusesASecondWriter) {
    const auto disk = written_disk();
    const auto held = open_audit_file(disk, kLog, audit_options());
    EXPECT_THAT(refusal(disk, Errc::store_locked), HasSubstr(kLog + " is in use"));
}

TEST(AuditRecovery, CutsATornTailAtEveryByte) {
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

TEST(AuditRecovery, ALastLineWithNulsIsTorn) {
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

TEST(AuditRecovery, NulsBeforeAWholeLineAreLeftForTheVerification) {
    const std::string whole = written_disk()->text_of(kLog);
    std::string text = whole;
    text.replace(whole.find('\n') + 1, 20, std::string(20, '\0'));
    const auto disk = std::make_shared<MemoryFileSystem>();
    disk->save(kLog, text);
    EXPECT_EQ(open_audit_file(disk, kLog, audit_options()).torn_bytes, 0U);
    EXPECT_EQ(disk->text_of(kLog), text);
    EXPECT_THAT(findings_of(verify(*disk)), HasSubstr(kLog + ":2: not a line of an audit log"));
}

TEST(AuditRecovery, RefusesAFileThatIsNotAnAuditLogAndDoesNotChangeIt) {
    const std::string log = written_disk()->text_of(kLog);
    const std::string size = std::to_string(log.size());
    const std::vector<std::pair<std::string, std::string>> others{
        {"root:x:0:0\n", "0"},
        {"no newline at all", "0"},
        {"{\n\t\"users\": []\n}\n", "15"},
        {log + "something\n", size},
        {log + "something\n{\"time", size},
        {"something\n" + log, "0"},
        {std::string(2'000'000, 'x'), "1475712"},
        {std::string("\0\x01\x02binary", 9), "0"},
    };
    for (const auto& [text, offset] : others) {
        const auto disk = std::make_shared<MemoryFileSystem>();
        disk->save(kLog, text);
        EXPECT_THAT(refusal(disk, Errc::store_damaged),
                    HasSubstr(kLog + ": byte " + offset + ": "));
        EXPECT_EQ(disk->text_of(kLog), text);
    }
}

TEST(AuditRecovery, ContinuesAfterTheLastRotatedFile) {
    const std::string whole = written_disk()->text_of(kLog);
    for (const char* torn : {"", "{\"time\":\"20"}) {
        const auto disk = std::make_shared<MemoryFileSystem>();
        disk->save(rotated_path(kLog, 1), whole + torn);
        auto log = open_chained(disk);
        EXPECT_TRUE(log.write({"d"}));
        const AuditReport report = verify(*disk);
        EXPECT_TRUE(report.is_sound()) << findings_of(report);
        EXPECT_EQ(report.lines, 4U);
        EXPECT_EQ(report.files, 2U);
    }
}

}  // namespace
}  // namespace roster::audit
