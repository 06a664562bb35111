#include "audit/audit_verify.hpp"

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
    for (const char* action : {"a", "b", "c", "d", "e", "f"})
        lines.push_back(chain.add(event_of(action), audit_options().now()));
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

TEST(AuditVerify, ReportsASoundLog) {
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

TEST(AuditVerify, FindsEveryChangedBit) {
    const auto lines = six_lines();
    const std::string text = joined(lines);
    for (std::size_t at = 0; at < text.size(); ++at) {
        std::string changed = text;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        EXPECT_FALSE(verify_text(changed, digest_of(lines.back())).is_sound()) << at;
    }
}

TEST(AuditVerify, NamesTheLineAndWhatIsWrongWithIt) {
    const auto lines = six_lines();
    const auto of = [&lines](const std::vector<std::size_t>& order) {
        std::string text;
        for (const std::size_t number : order)
            text += lines[number - 1];
        return text;
    };
    std::string changed = of({1, 2, 3, 4, 5, 6});
    changed[lines[0].size() + lines[1].find("\"b\"") + 1] = 'X';
    const std::vector<std::pair<std::string, std::string>> damages{
        {changed, ":2: this line or the next one was changed"},
        {of({1, 2}) + "nonsense\n" + of({4, 5, 6}), ":3: not a line of an audit log"},
        {of({1, 2}) + std::string(3'000'000, 'x') + "\n" + of({3, 4}), ":3: not a line"},
        {of({1, 2, 4, 5, 6}), ":3: seq 4 follows seq 2: 1 missing"},
        {of({1, 2, 2, 3}), ":3: seq 2 appears twice"},
        {of({1, 2, 3}) + lines[3].substr(0, 30), ":4: the line is incomplete"},
    };
    for (const auto& [text, finding] : damages) {
        const AuditReport report = verify_text(text);
        EXPECT_EQ(report.all_findings, 1U) << findings_of(report);
        EXPECT_THAT(findings_of(report), HasSubstr(kLog + finding));
    }
    EXPECT_THAT(findings_in(of({1, 2, 4, 3, 5})),
                HasSubstr(kLog + ":4: seq 3 follows seq 4: out of order"));
}

TEST(AuditVerify, FindsLinesMissingAtTheEndOnlyByANotedDigest) {
    auto lines = six_lines();
    const std::string noted = digest_of(lines[4]);
    EXPECT_TRUE(verify_text(joined(lines), noted).is_sound());
    lines.resize(5);
    EXPECT_TRUE(verify_text(joined(lines), noted).is_sound());
    lines.resize(4);
    EXPECT_TRUE(verify_text(joined(lines)).is_sound());
    EXPECT_THAT(findings_in(joined(lines), noted),
                HasSubstr("no line has the noted digest " + noted));
    EXPECT_FALSE(verify_text("", noted).is_sound());
}

TEST(AuditVerify, KnowsTheDigestOfTheLastLineOfARemovedFile) {
    const auto lines = six_lines();
    MemoryFileSystem disk;
    disk.save(rotated_path(kLog, 3), lines[2] + lines[3]);
    disk.save(kLog, lines[4] + lines[5]);
    EXPECT_TRUE(verify(disk, digest_of(lines[1])).is_sound());
    EXPECT_FALSE(verify(disk, digest_of(lines[0])).is_sound());
}

TEST(AuditVerify, SaysWhatWasRotatedAwayAndWhatWasLost) {
    AuditChain chain;
    std::vector<std::string> lines;
    for (const std::uint64_t count : {1U, 3U, 1U}) {
        AuditEvent lost = event_of("audit_lost");
        lost.count = count;
        lines.push_back(chain.add(lost, audit_options().now()));
    }
    EXPECT_EQ(verify_text(joined(lines)).lost_events, 5U);
    EXPECT_EQ(verify_text(joined(lines)).rotated_away(), 0U);
    const AuditReport rest = verify_text(lines[2]);
    EXPECT_TRUE(rest.is_sound());
    EXPECT_EQ(rest.rotated_away(), 2U);
    EXPECT_EQ(rest.lost_events, 1U);
    EXPECT_EQ(verify_text(joined(six_lines())).lost_events, 0U);
}

TEST(AuditVerify, ReadsTheFilesInOrder) {
    const auto lines = six_lines();
    MemoryFileSystem disk;
    disk.save(rotated_path(kLog, 1), lines[0] + lines[1]);
    disk.save(rotated_path(kLog, 3), lines[2] + lines[3]);
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

TEST(AuditVerify, FindsAMissingOrReplacedFile) {
    const auto lines = six_lines();
    MemoryFileSystem disk;
    disk.save(rotated_path(kLog, 1), lines[0] + lines[1]);
    disk.save(kLog, lines[4] + lines[5]);
    EXPECT_THAT(findings_of(verify(disk)), HasSubstr(kLog + ":1: seq 5 follows seq 2: 2 missing"));
    disk.save(rotated_path(kLog, 3), "");
    EXPECT_THAT(findings_of(verify(disk)),
                HasSubstr(rotated_path(kLog, 3) + ": the file is empty"));
    disk.save(rotated_path(kLog, 3), lines[0] + lines[1]);
    EXPECT_THAT(findings_of(verify(disk)),
                HasSubstr(rotated_path(kLog, 3) + ":1: seq 1, but the file's name says 3"));
    disk.save(rotated_path(kLog, 3), lines[2] + lines[3].substr(0, 20));
    EXPECT_THAT(findings_of(verify(disk)),
                HasSubstr(rotated_path(kLog, 3) + ":2: the line is incomplete"));
}

TEST(AuditVerify, ALineThatIsBeingWrittenIsNotDamage) {
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

TEST(AuditVerify, ALineThatIsCutOffAgainIsNotDamage) {
    const auto lines = six_lines();
    AuditChain other;
    const std::string second = [&] {
        (void)other.add(event_of("a"), audit_options().now());
        return other.add(event_of("another"), audit_options().now());
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

TEST(AuditVerify, AMissingFileIsAnError) {
    MemoryFileSystem disk;
    const auto report = verify_audit_files(disk, kLog, "", [] {});
    ASSERT_FALSE(report);
    EXPECT_TRUE(is_not_found(report.error()));
}

TEST(AuditVerify, KeepsAHundredFindingsAndCountsAll) {
    std::string text;
    for (int i = 0; i < 1000; ++i)
        text += "x\n";
    const AuditReport report = verify_text(text);
    EXPECT_EQ(report.all_findings, 1000U);
    EXPECT_EQ(report.findings.size(), 100U);
}

}  // namespace
}  // namespace roster::audit
