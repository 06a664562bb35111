#include <roster/audit.hpp>

#include "audit/audit_file.hpp"
#include "unit/audit/support.hpp"
#include "unit/storage/support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace roster::audit {
namespace {

using namespace roster::audit::testing;
using ::testing::HasSubstr;

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

TEST(OpenAuditLog, RefusesASecondWriterAlsoThroughALink) {
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

TEST(OpenAuditLog, FindsOlderFilesBesideALinkAndBesideItsTarget) {
    TemporaryDirectory directory;
    const std::string path = (directory / "audit").string();
    AuditOptions options;
    options.rotate_bytes = 1;  // a line in each file
    const auto record = [&](const std::string& where, const char* action) {
        open_audit_log(where, options)->record(event_of(action));
    };
    record(path, "a");
    record(path, "b");
    std::filesystem::create_directory(directory / "other");
    std::filesystem::rename(path, directory / "other" / "audit");
    std::filesystem::create_symlink("other/audit", path);
    record(path, "c");
    // The chain goes on even if the only files with lines are beside the link.
    std::filesystem::remove(directory / "other" / "audit");
    std::filesystem::rename(directory / "other" / "audit.000000000002",
                            directory / "audit.000000000002");
    record(path, "d");
    const auto report = verify_audit_files(path, "");
    ASSERT_TRUE(report);
    EXPECT_TRUE(report->is_sound()) << findings_of(*report);
    EXPECT_EQ(report->files, 3U);
    EXPECT_EQ(report->first->seq, 1U);
    EXPECT_EQ(report->last->seq, 3U);
    // By a directory that is a link, each file is read once.
    std::filesystem::create_directory_symlink(directory / "other", directory / "way");
    EXPECT_EQ(verify_audit_files((directory / "way" / "audit").string(), "")->files, 1U);
}

TEST(OpenAuditLog, DoesNotFollowALinkBesideTheStoreHoweverItIsNamed) {
    TemporaryDirectory directory;
    AuditOptions options;
    options.owner_of = (directory / "users.json").string();
    std::filesystem::create_symlink("elsewhere", directory / "users.json.audit");
    for (const std::filesystem::path name : {"users.json.audit", "./users.json.audit"})
        EXPECT_THROW((void)open_audit_log((directory.path() / name).string(), options),
                     StartupError);
    EXPECT_FALSE(std::filesystem::exists(directory / "elsewhere"));
}

TEST(OpenAuditLog, RecordsThatATornLineWasCutOff) {
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
    EXPECT_THAT(lines[1], HasSubstr("\"action\":\"audit_recovered\",\"target\":{\"bytes\":16}"));
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

TEST(OpenAuditLog, OffWritesNothing) {
    open_audit_log("off", AuditOptions())->record(event_of("a"));
    EXPECT_FALSE(std::filesystem::exists("off"));
}

// What standard output may be.
class AuditOutput : public ::testing::TestWithParam<const char*> {
  protected:
    void SetUp() override {
        const std::string kind = GetParam();
        if (kind == "pipe")
            ASSERT_EQ(::pipe(ends_.data()), 0);
        else if (kind == "socket")
            ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends_.data()), 0);
        else
            open_terminal();
        ASSERT_EQ(::fcntl(ends_[0], F_SETFL, O_NONBLOCK), 0);
    }
    void open_terminal() {
        ends_[0] = ::posix_openpt(O_RDWR | O_NOCTTY);
        ASSERT_GE(ends_[0], 0);
        ASSERT_EQ(::grantpt(ends_[0]), 0);
        ASSERT_EQ(::unlockpt(ends_[0]), 0);
        ends_[1] = ::open(::ptsname(ends_[0]), O_RDWR | O_NOCTTY);
        ASSERT_GE(ends_[1], 0);
        termios modes{};
        ASSERT_EQ(::tcgetattr(ends_[1], &modes), 0);
        ::cfmakeraw(&modes);
        ASSERT_EQ(::tcsetattr(ends_[1], TCSANOW, &modes), 0);
    }
    void TearDown() override {
        ::close(ends_[0]);
        ::close(ends_[1]);
    }

    std::string received() const {
        std::string text;
        std::array<char, 4096> part{};
        for (;;) {
            const auto got = ::read(ends_[0], part.data(), part.size());
            if (got <= 0) return text;
            text.append(part.data(), static_cast<std::size_t>(got));
        }
    }

    std::array<int, 2> ends_{};
};

TEST_P(AuditOutput, PassesLinesToItsReader) {
    const auto output = make_audit_output(ends_[1]);
    EXPECT_TRUE(output->append("a\nb\n", 1));
    EXPECT_TRUE(output->sync());
    EXPECT_EQ(received(), "a\nb\n");
}

TEST_P(AuditOutput, AReaderThatStallsGetsEachLineOnceAndWhole) {
    const auto output = make_audit_output(ends_[1], std::chrono::milliseconds(1));
    const std::string line(3000, 'x');
    std::string taken;
    int refused = 0;
    for (int i = 0; refused < 3; ++i) {
        const std::string numbered = std::to_string(i) + line + "\n";
        if (output->append(numbered, 1))
            taken += numbered;
        else
            ++refused;
    }
    std::string all = received();
    while (!output->sync())
        all += received();
    EXPECT_EQ(all + received(), taken);
}

INSTANTIATE_TEST_SUITE_P(Kinds, AuditOutput, ::testing::Values("pipe", "socket", "terminal"));

}  // namespace
}  // namespace roster::audit
