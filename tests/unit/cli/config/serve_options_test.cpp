#include "cli/config/serve_options.hpp"

#include "cli/config/settings.hpp"

#include <CLI/CLI.hpp>

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace roster::cli {
namespace {

using namespace std::chrono_literals;

TEST(ServeOptions, DefaultsAreTheServers) {
    CLI::App program;
    ServeOptions options;
    declare_serve_options(*program.add_subcommand("serve"), options);
    program.parse("serve");
    const ServerOptions defaults;
    EXPECT_EQ(options.server.classic, defaults.classic);
    EXPECT_EQ(options.server.limits.connections, defaults.limits.connections);
    EXPECT_EQ(options.server.limits.stop_grace, defaults.limits.stop_grace);
    EXPECT_EQ(options.store, "json:users.json");
}

TEST(ServeOptions, EachReachesItsMember) {
    CLI::App program;
    ServeOptions options;
    CLI::App& serve = *program.add_subcommand("serve");
    declare_serve_options(serve, options);
    program.parse(
        "serve --classic [::1]:1 --store memory: --threads 2 --classic-open-put --log-level debug "
        "--admin-email a@a --admin-password-file pw --max-connections 3 "
        "--max-connections-per-address 4 --max-request-line-bytes 8000 --max-head-bytes 9000 "
        "--max-headers 7 --max-body-bytes 8 --max-pipelined-requests 9 --max-waiting-hashes 10 "
        "--head-timeout 11s --body-timeout 12s --write-timeout 13s --classic-idle-timeout 14s "
        "--classic-silence 15ms --stop-grace 16s --hash-memory-kib 65536 --hash-passes 3 "
        "--min-password-length 12 --password-blocklist common.txt --audit log "
        "--audit-max-bytes 4097 --audit-keep 17");
    const ServerOptions& server = options.server;
    EXPECT_EQ(server.classic, "[::1]:1");
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

TEST(ServeOptions, TheFirstAdministratorComesFromTheDocumentedVariables) {
    CLI::App program;
    ServeOptions options;
    CLI::App& serve = *program.add_subcommand("serve");
    declare_serve_options(serve, options);
    program.parse("serve");
    const std::map<std::string, std::string> variables{
        {"ROSTER_ADMIN_EMAIL", "a@a.com"}, {"ROSTER_ADMIN_PASSWORD_FILE", "/run/secrets/admin"}};
    complete_options(program, serve, [&variables](const std::string& name) {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
    });
    EXPECT_EQ(options.admin_email, "a@a.com");
    EXPECT_EQ(options.admin_password_file, "/run/secrets/admin");
}

}  // namespace
}  // namespace roster::cli
