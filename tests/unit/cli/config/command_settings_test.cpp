#include "cli/config/command_settings.hpp"

#include "cli/io/exit_code.hpp"
#include "support/temporary_file.hpp"

#include <CLI/CLI.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace roster::cli {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

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

TEST(ServeOptions, DefaultsAreTheServers) {
    CLI::App program;
    ServeOptions options;
    declare_serve_options(*program.add_subcommand("serve"), options);
    program.parse("serve");
    const ServerOptions defaults;
    EXPECT_EQ(options.server.classic, defaults.classic);
    EXPECT_EQ(options.server.http, defaults.http);
    EXPECT_EQ(options.server.access_log, defaults.access_log);
    EXPECT_EQ(options.server.limits.connections, defaults.limits.connections);
    EXPECT_EQ(options.server.limits.stop_grace, defaults.limits.stop_grace);
    EXPECT_EQ(options.store, "json:users.json");
}

// As a shell passes words on: CLI11 2.4 takes brackets for quotes where it splits a line itself.
void parse_words(CLI::App& program, const std::string& line) {
    std::istringstream words(line);
    std::vector<std::string> arguments{std::istream_iterator<std::string>(words), {}};
    std::reverse(arguments.begin(), arguments.end());  // as `parse` wants them
    program.parse(std::move(arguments));
}

TEST(ServeOptions, EachReachesItsMember) {
    CLI::App program;
    ServeOptions options;
    CLI::App& serve = *program.add_subcommand("serve");
    declare_serve_options(serve, options);
    parse_words(
        program,
        "serve --classic [::1]:1 --store memory: --threads 2 --classic-open-put --log-level debug "
        "--admin-email a@a --admin-password-file pw --max-connections 3 "
        "--max-connections-per-address 4 --max-request-line-bytes 8000 --max-head-bytes 9000 "
        "--max-headers 7 --max-body-bytes 8 --max-pipelined-requests 9 --max-waiting-hashes 10 "
        "--head-timeout 11s --body-timeout 12s --write-timeout 13s --classic-idle-timeout 14s "
        "--http 127.0.0.1:2 --http-idle-timeout 18s --access-log json --sign-up closed "
        "--classic-silence 15ms "
        "--stop-grace 16s --hash-memory-kib 65536 --hash-passes 3 "
        "--min-password-length 12 --password-blocklist common.txt --audit log "
        "--audit-max-bytes 4097 --audit-keep 17");
    const ServerOptions& server = options.server;
    EXPECT_EQ(server.classic, "[::1]:1");
    EXPECT_EQ(server.http, "127.0.0.1:2");
    EXPECT_EQ(server.limits.http_idle, 18s);
    EXPECT_FALSE(server.sign_up_is_open);
    EXPECT_EQ(server.access_log, AccessLog::json);
    EXPECT_EQ(server.threads, 2U);
    EXPECT_TRUE(server.classic_open_put);
    EXPECT_EQ(options.store, "memory:");
    EXPECT_EQ(options.log_level, "debug");
    EXPECT_EQ(options.admin_email, "a@a");
    EXPECT_EQ(options.admin_password_file, "pw");
    EXPECT_EQ(server.limits.connections, 3U);
    EXPECT_EQ(server.limits.connections_per_address, 4U);
    EXPECT_EQ(server.limits.request_line_bytes, 8000U);
    EXPECT_EQ(server.limits.head_bytes, 9000U);
    EXPECT_EQ(server.limits.headers, 7U);
    EXPECT_EQ(server.limits.body_bytes, 8U);
    EXPECT_EQ(server.limits.pipelined_requests, 9U);
    EXPECT_EQ(server.limits.waiting_hashes, 10U);
    EXPECT_EQ(server.limits.head_deadline, 11s);
    EXPECT_EQ(server.limits.body_deadline, 12s);
    EXPECT_EQ(server.limits.write_deadline, 13s);
    EXPECT_EQ(server.limits.classic_idle, 14s);
    EXPECT_EQ(server.limits.classic_silence, 15ms);
    EXPECT_EQ(server.limits.stop_grace, 16s);
    EXPECT_EQ(options.passwords.hash_memory_kib, 65536U);
    EXPECT_EQ(options.passwords.hash_passes, 3U);
    EXPECT_EQ(options.passwords.min_password_length, 12U);
    EXPECT_EQ(options.passwords.password_blocklist, "common.txt");
    EXPECT_EQ(options.audit.where, "log");
    EXPECT_EQ(options.audit.rotate_bytes, 4097U);
    EXPECT_EQ(options.audit.keep_files, 17U);
}

}  // namespace
}  // namespace roster::cli
