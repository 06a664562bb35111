#include "cli/commands/password_options.hpp"

#include "cli/io/exit_code.hpp"
#include "support/temporary_file.hpp"

#include <CLI/CLI.hpp>

#include <gtest/gtest.h>

#include <string>

namespace roster::cli {
namespace {

class ParsedPasswordOptions : public ::testing::Test {
  protected:
    ParsedPasswordOptions() { declare_password_options(app_, options_); }

    std::string error_of(const std::string& command_line) {
        try {
            app_.parse(command_line);
        } catch (const CLI::ParseError& error) {
            return error.what();
        }
        return "";
    }

    CLI::App app_;
    PasswordOptions options_;
};

TEST_F(ParsedPasswordOptions, AreTheServersByDefault) {
    EXPECT_EQ(error_of(""), "");
    ServerOptions server;
    hand_over(options_, server);
    const ServerOptions defaults;
    EXPECT_EQ(server.hash_memory_kib, defaults.hash_memory_kib);
    EXPECT_EQ(server.hash_passes, defaults.hash_passes);
    EXPECT_EQ(server.min_password_length, std::nullopt);
    EXPECT_EQ(server.password_blocklist, "");
    EXPECT_NE(app_.help().find("--hash-memory-kib N=19456"), std::string::npos) << app_.help();
}

TEST_F(ParsedPasswordOptions, EachReachesTheServer) {
    EXPECT_EQ(error_of("--hash-memory-kib 65536 --hash-passes 3 --min-password-length 12 "
                       "--password-blocklist common.txt"),
              "");
    ServerOptions server;
    hand_over(options_, server);
    EXPECT_EQ(server.hash_memory_kib, 65536U);
    EXPECT_EQ(server.hash_passes, 3U);
    EXPECT_EQ(server.min_password_length, 12U);
    EXPECT_EQ(server.password_blocklist, "common.txt");
}

TEST_F(ParsedPasswordOptions, HaveTheirBounds) {
    EXPECT_NE(error_of("--hash-memory-kib 7"), "");
    EXPECT_NE(error_of("--hash-memory-kib 1048577"), "");
    EXPECT_NE(error_of("--hash-passes 0"), "");
    EXPECT_NE(error_of("--hash-passes 101"), "");
    EXPECT_NE(error_of("--min-password-length 0"), "");
    EXPECT_EQ(error_of("--min-password-length 1025"),
              "--min-password-length: must be a whole number from 1 to 1024, not '1025'");
    EXPECT_EQ(error_of("--hash-memory-kib 1048576 --hash-passes 1 --min-password-length 1024"), "");
}

TEST_F(ParsedPasswordOptions, RefuseACostThatNoLogInMayHave) {
    EXPECT_EQ(error_of("--hash-memory-kib 1048576 --hash-passes 2"), "");
    EXPECT_THROW(hash_cost(options_), UsageError);
    ServerOptions server;
    EXPECT_THROW(hand_over(options_, server), UsageError);
}

TEST_F(ParsedPasswordOptions, MakeThePoliciesOfTheDoors) {
    const testing::TemporaryFile file("our company\n");
    EXPECT_EQ(error_of("--min-password-length 5 --password-blocklist " + file.path()), "");
    const auto policies = password_policies(options_);
    const auto checked = policies.at(Channel::classic).check(Secret("Our Company"), "a@a");
    EXPECT_EQ(checked.error(), Errc::password_common);
    EXPECT_EQ(policies.at(Channel::api).min_characters(), 5U);
}

}  // namespace
}  // namespace roster::cli
