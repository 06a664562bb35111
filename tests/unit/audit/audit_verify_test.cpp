#include "audit/audit_verify.hpp"

#include "audit/rotated_file.hpp"
#include "unit/audit/support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace roster::audit {
namespace {

using namespace roster::audit::testing;
using ::testing::HasSubstr;

std::vector<std::string> six_lines() {
    AuditChain chain;
    std::vector<std::string> lines;
    for (const TimedEvent& timed : events_of({"a", "b", "c", "d", "e", "f"}))
        lines.push_back(chain.add(timed.event, timed.time));
    return lines;
}

std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines)
        text += line;
    return text;
}

AuditReport verify_text(const std::string& text, const std::string& noted = "") {
    MemoryFileSystem disk;
    disk.save(kLog, text);
    return verify(disk, noted);
}

std::string findings_in(const std::string& text, const std::string& noted = "") {
    return findings_of(verify_text(text, noted));
}

std::string digest_of(std::string line) {
    line.pop_back();
    return digest_of_line(line);
}

TEST(AuditVerify, TellsOfASoundLog) {
    const auto lines = six_lines();
    const AuditReport report = verify_text(joined(lines));
    EXPECT_TRUE(report.is_sound()) << findings_of(report);
    EXPECT_EQ(report.files, 1U);
    EXPECT_EQ(report.lines, 6U);
    EXPECT_EQ(report.first->seq, 1U);
    EXPECT_EQ(report.last->seq, 6U);
    EXPECT_EQ(report.last->time, "2026-11-22T09:00:00.000Z");
    EXPECT_EQ(report.last_digest, digest_of(lines.back()));
}

TEST(AuditVerify, FindsAChangedLine) {
    for (std::size_t i = 0; i + 1 < 6; ++i) {
        auto lines = six_lines();
        const auto at = lines[i].find("\"action\":\"") + 10;
        lines[i][at] = 'X';
        const AuditReport report = verify_text(joined(lines));
        EXPECT_EQ(report.all_findings, 1U);
        EXPECT_THAT(findings_of(report),
                    HasSubstr(kLog + ":" + std::to_string(i + 1) + ": was changed"));
    }
}

TEST(AuditVerify, FindsEveryChangedBit) {
    const auto lines = six_lines();
    const std::string text = joined(lines);
    for (std::size_t at = 0; at < text.size(); ++at) {
        std::string changed = text;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        EXPECT_FALSE(verify_text(changed, digest_of(lines.back())).is_sound()) << at;
    }
}

TEST(AuditVerify, FindsALineThatIsNone) {
    auto lines = six_lines();
    lines[2] = "nonsense\n";
    const AuditReport report = verify_text(joined(lines));
    EXPECT_EQ(report.all_findings, 1U) << findings_of(report);
    EXPECT_THAT(findings_of(report), HasSubstr(kLog + ":3: is no line of an audit log"));
}

TEST(AuditVerify, FindsAMissingLine) {
    auto lines = six_lines();
    lines.erase(lines.begin() + 2);
    const AuditReport report = verify_text(joined(lines));
    EXPECT_EQ(report.all_findings, 1U) << findings_of(report);
    EXPECT_THAT(findings_of(report),
                HasSubstr(kLog + ":3: number 4 follows number 2: 1 missing here"));
}

TEST(AuditVerify, FindsALineAtAnotherPlace) {
    auto lines = six_lines();
    std::swap(lines[2], lines[3]);
    EXPECT_THAT(findings_in(joined(lines)),
                HasSubstr(kLog + ":4: number 3 stands behind number 4: out of order"));
}

TEST(AuditVerify, FindsALineThatStandsTwice) {
    auto lines = six_lines();
    lines.insert(lines.begin() + 2, lines[1]);
    const AuditReport report = verify_text(joined(lines));
    EXPECT_EQ(report.all_findings, 1U) << findings_of(report);
    EXPECT_THAT(findings_of(report), HasSubstr(kLog + ":3: number 2 stands here a second time"));
}

TEST(AuditVerify, FindsALineWithoutAnEnd) {
    const std::string text = joined(six_lines());
    const AuditReport report = verify_text(text.substr(0, text.size() - 5));
    EXPECT_EQ(report.all_findings, 1U) << findings_of(report);
    EXPECT_THAT(findings_of(report), HasSubstr(kLog + ":6: is cut"));
}

TEST(AuditVerify, FindsACutEndByANotedDigestOnly) {
    auto lines = six_lines();
    const std::string noted = digest_of(lines[4]);
    EXPECT_TRUE(verify_text(joined(lines), noted).is_sound());
    lines.resize(5);
    EXPECT_TRUE(verify_text(joined(lines), noted).is_sound());
    lines.resize(4);
    EXPECT_TRUE(verify_text(joined(lines)).is_sound());
    EXPECT_THAT(findings_in(joined(lines), noted), HasSubstr("no line has the digest " + noted));
    EXPECT_FALSE(verify_text("", noted).is_sound());
}

TEST(AuditVerify, KnowsTheLastLineOfAFileThatWasRemoved) {
    const auto lines = six_lines();
    MemoryFileSystem disk;
    disk.save(aside_path(kLog, 3), lines[2] + lines[3]);
    disk.save(kLog, lines[4] + lines[5]);
    EXPECT_TRUE(verify(disk, digest_of(lines[1])).is_sound());
    EXPECT_FALSE(verify(disk, digest_of(lines[0])).is_sound());
}

TEST(AuditVerify, ReadsTheFilesInOrder) {
    const auto lines = six_lines();
    MemoryFileSystem disk;
    disk.save(aside_path(kLog, 1), lines[0] + lines[1]);
    disk.save(aside_path(kLog, 3), lines[2] + lines[3]);
    disk.save(kLog, lines[4] + lines[5]);
    const AuditReport report = verify(disk);
    EXPECT_TRUE(report.is_sound()) << findings_of(report);
    EXPECT_EQ(report.files, 3U);
    // Between the two steps of a rotation.
    EXPECT_TRUE(disk.remove(kLog));
    EXPECT_TRUE(verify(disk).is_sound());
    disk.save(kLog, "");
    EXPECT_TRUE(verify(disk).is_sound());
}

TEST(AuditVerify, FindsAMissingOrExchangedFile) {
    const auto lines = six_lines();
    MemoryFileSystem disk;
    disk.save(aside_path(kLog, 1), lines[0] + lines[1]);
    disk.save(kLog, lines[4] + lines[5]);
    EXPECT_THAT(findings_of(verify(disk)),
                HasSubstr(kLog + ":1: number 5 follows number 2: 2 missing here"));
    disk.save(aside_path(kLog, 3), "");
    EXPECT_THAT(findings_of(verify(disk)), HasSubstr(aside_path(kLog, 3) + ": is empty"));
    disk.save(aside_path(kLog, 3), lines[0] + lines[1]);
    EXPECT_THAT(findings_of(verify(disk)),
                HasSubstr(aside_path(kLog, 3) + ":1: is number 1, but the file's name says 3"));
    disk.save(aside_path(kLog, 3), lines[2] + lines[3].substr(0, 20));
    EXPECT_THAT(findings_of(verify(disk)), HasSubstr(aside_path(kLog, 3) + ":2: is cut"));
}

TEST(AuditVerify, ALineThatIsJustBeingWrittenIsNoDamage) {
    const auto lines = six_lines();
    MemoryFileSystem disk;
    disk.save(kLog, lines[0] + lines[1].substr(0, 30));
    const auto file = *disk.open(kLog, OpenMode::append);
    const auto report = verify_audit_files(disk, kLog, "", [&] {
        const std::size_t size = disk.text_of(kLog).size() - lines[0].size();
        EXPECT_TRUE(file->append(lines[1].substr(size, 50)));
    });
    ASSERT_TRUE(report);
    EXPECT_TRUE(report->is_sound()) << findings_of(*report);
    EXPECT_EQ(report->lines, 2U);
}

TEST(AuditVerify, ALineThatIsTakenBackIsNoDamage) {
    const auto lines = six_lines();
    AuditChain other;
    const std::string second = [&] {
        (void)other.add(events_of({"a"}).front().event, audit_options().now());
        return other.add(events_of({"another"}).front().event, audit_options().now());
    }();
    for (const std::string& then : {std::string(), second}) {
        MemoryFileSystem disk;
        disk.save(kLog, lines[0] + lines[1].substr(0, 30));
        const auto file = *disk.open(kLog, OpenMode::append);
        const auto report = verify_audit_files(disk, kLog, "", [&] {
            EXPECT_TRUE(file->truncate(lines[0].size()));
            EXPECT_TRUE(file->append(then));
        });
        ASSERT_TRUE(report);
        EXPECT_TRUE(report->is_sound()) << findings_of(*report);
    }
}

TEST(AuditVerify, AVeryLongLineIsOneFinding) {
    const auto lines = six_lines();
    const AuditReport report =
        verify_text(lines[0] + std::string(3'000'000, 'x') + "\n" + lines[1] + lines[2]);
    EXPECT_EQ(report.all_findings, 1U) << findings_of(report);
    EXPECT_EQ(report.lines, 4U);
    EXPECT_THAT(findings_of(report), HasSubstr(kLog + ":2: is no line"));
}

TEST(AuditVerify, NoFileIsAnError) {
    MemoryFileSystem disk;
    const auto report = verify_audit_files(disk, kLog, "", [] {});
    ASSERT_FALSE(report);
    EXPECT_TRUE(is_not_found(report.error()));
}

TEST(AuditVerify, ManyFindingsAreCounted) {
    std::string text;
    for (int i = 0; i < 1000; ++i)
        text += "x\n";
    const AuditReport report = verify_text(text);
    EXPECT_EQ(report.all_findings, 1000U);
    EXPECT_EQ(report.findings.size(), 100U);
}

}  // namespace
}  // namespace roster::audit
