#include <roster/audit.hpp>

#include "unit/audit/support.hpp"
#include "unit/storage/support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace roster::audit {
namespace {

using namespace roster::audit::testing;
using ::testing::HasSubstr;

AuditEvent event_of(std::string action) {
    AuditEvent event;
    event.action = std::move(action);
    return event;
}

TEST(OpenAuditLog, WritesAPrivateFileOnTheRealDisk) {
    TemporaryDirectory directory;
    const std::filesystem::path path = directory / "audit";
    open_audit_log(path.string(), AuditOptions())->record(event_of("a"));
    open_audit_log(path.string(), AuditOptions())->record(event_of("b"));
    EXPECT_EQ(std::filesystem::status(path).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    const auto report = verify_audit_files(path.string(), "");
    ASSERT_TRUE(report);
    EXPECT_TRUE(report->is_sound()) << findings_of(*report);
    EXPECT_EQ(report->lines, 2U);
}

TEST(OpenAuditLog, HasOneWriterAlsoThroughALink) {
    TemporaryDirectory directory;
    const std::string path = (directory / "audit").string();
    const auto log = open_audit_log(path, AuditOptions());
    std::filesystem::create_symlink("audit", directory / "link");
    try {
        (void)open_audit_log((directory / "link").string(), AuditOptions());
        FAIL() << "was opened twice";
    } catch (const StartupError& error) {
        EXPECT_EQ(error.code(), Errc::store_locked);
    }
}

TEST(OpenAuditLog, SaysWhatAPowerCutTore) {
    TemporaryDirectory directory;
    const std::filesystem::path path = directory / "audit";
    open_audit_log(path.string(), AuditOptions())->record(event_of("a"));
    write_text(path, read_text(path) + "{\"time\":\"2026-11");
    KeptLog kept;
    AuditOptions options;
    options.log = kept.log;
    (void)open_audit_log(path.string(), options);
    const auto lines = lines_of(read_text(path));
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_THAT(lines[1], HasSubstr("\"action\":\"audit_recovered\",\"target\":\"16 bytes\""));
    EXPECT_EQ(kept.count("16 bytes"), 1U);
    EXPECT_TRUE(verify_audit_files(path.string(), "")->is_sound());
}

TEST(OpenAuditLog, RefusesADirectoryAndADevice) {
    TemporaryDirectory directory;
    for (const std::string& path : {directory.path().string(), std::string("/dev/null")}) {
        try {
            (void)open_audit_log(path, AuditOptions());
            FAIL() << path << " was opened";
        } catch (const StartupError& error) {
            EXPECT_EQ(error.code(), Errc::store_unavailable) << error.what();
        }
    }
}

TEST(OpenAuditLog, OffListensToNobody) {
    open_audit_log("off", AuditOptions())->record(event_of("a"));
    EXPECT_FALSE(std::filesystem::exists("off"));
}

}  // namespace
}  // namespace roster::audit
