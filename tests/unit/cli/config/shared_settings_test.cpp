#include "cli/config/shared_settings.hpp"

#include "cli/io/exit_code.hpp"
#include "support/temporary_file.hpp"

#include <CLI/CLI.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace roster::cli {
namespace {

namespace fs = std::filesystem;

class ParsedPasswordSettings : public ::testing::Test {
  protected:
    ParsedPasswordSettings() { add_password_settings(app_, settings_); }

    std::string error_of(const std::string& command_line) {
        try {
            app_.parse(command_line);
        } catch (const CLI::ParseError& error) {
            return error.what();
        }
        return "";
    }

    CLI::App app_;
    PasswordSettings settings_;
};

TEST_F(ParsedPasswordSettings, AreTheServersByDefault) {
    EXPECT_EQ(error_of(""), "");
    const ServerOptions server;
    EXPECT_EQ(settings_.hash_memory_kib, server.hash_memory_kib);
    EXPECT_EQ(settings_.hash_passes, server.hash_passes);
    EXPECT_EQ(settings_.min_password_length, std::nullopt);
    EXPECT_EQ(settings_.password_blocklist, "");
}

TEST_F(ParsedPasswordSettings, HaveTheirBounds) {
    EXPECT_NE(error_of("--hash-memory-kib 7"), "");
    EXPECT_NE(error_of("--hash-memory-kib 1048577"), "");
    EXPECT_NE(error_of("--hash-passes 0"), "");
    EXPECT_NE(error_of("--hash-passes 101"), "");
    EXPECT_NE(error_of("--min-password-length 0"), "");
    EXPECT_NE(error_of("--min-password-length 1025"), "");
    EXPECT_EQ(error_of("--hash-memory-kib 1048576 --hash-passes 1 --min-password-length 1024"), "");
}

TEST_F(ParsedPasswordSettings, RefuseACostThatNoLogInMayHave) {
    EXPECT_EQ(error_of("--hash-memory-kib 1048576 --hash-passes 2"), "");
    EXPECT_THROW(hash_cost(settings_), UsageError);
}

TEST_F(ParsedPasswordSettings, MakeThePoliciesOfEveryChannel) {
    const testing::TemporaryFile file("our company\n");
    EXPECT_EQ(error_of("--min-password-length 5 --password-blocklist " + file.path()), "");
    const auto policies = password_policies(settings_);
    const auto checked = policies.at(Channel::classic).check(Secret("Our Company"), "a@a");
    EXPECT_EQ(checked.error(), Errc::password_common);
    EXPECT_EQ(policies.at(Channel::api).min_characters(), 5U);
}

TEST(AuditPath, IsWhatTheSettingSays) {
    AuditSettings settings;
    for (const char* where : {"off", "-", "/var/log/roster"}) {
        settings.where = where;
        EXPECT_EQ(audit_path(settings, "json:users.json"), where);
    }
}

TEST(AuditPath, IsBesideTheStoresFileByDefault) {
    const AuditSettings settings;
    const std::string here = fs::canonical(fs::current_path()).string();
    EXPECT_EQ(audit_path(settings, "json:users.json"), here + "/users.json.audit");
    EXPECT_EQ(audit_path(settings, "sqlite:roster.db"), here + "/roster.db.audit");
    EXPECT_EQ(audit_path(settings, "memory:"), "off");
}

TEST(AuditPath, FollowsSymbolicLinks) {
    std::string pattern = ::testing::TempDir() + "roster-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    const fs::path directory = fs::canonical(pattern);
    fs::create_directory(directory / "real");
    fs::create_symlink("real/accounts.json", directory / "users.json");
    EXPECT_EQ(audit_path(AuditSettings(), "json:" + (directory / "users.json").string()),
              (directory / "real" / "accounts.json.audit").string());
    fs::remove_all(directory);
}

}  // namespace
}  // namespace roster::cli
