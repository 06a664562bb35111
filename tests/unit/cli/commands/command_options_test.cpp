#include "cli/commands/command_options.hpp"

#include <CLI/CLI.hpp>

#include <gtest/gtest.h>

#include <string>

namespace roster::cli {
namespace {

TEST(UserArgument, DigitsAloneAreAnId) {
    EXPECT_TRUE(UserArgument("17").is_id());
    EXPECT_EQ(UserArgument("17").id(), 17U);
    EXPECT_EQ(UserArgument("18446744073709551615").id(), 18446744073709551615U);
}

TEST(UserArgument, AnythingElseIsAnEmail) {
    for (const char* email : {"a@a.com", "1@a.com", "-1", "+1", "0x1", "1.0", " 1", "é"})
        EXPECT_FALSE(UserArgument(email).is_id()) << email;
    EXPECT_FALSE(UserArgument().is_id());
    EXPECT_FALSE(UserArgument().is_given());
}

TEST(UserArgument, ByEmailMakesAnEmailOfDigits) {
    EXPECT_FALSE(UserArgument("17", true).is_id());
    EXPECT_EQ(UserArgument("17", true).id(), std::nullopt);
}

TEST(UserArgument, ANumberTooLargeForAnIdIsNotAnEmail) {
    const UserArgument argument("18446744073709551616");
    EXPECT_TRUE(argument.is_id());
    EXPECT_EQ(argument.id(), std::nullopt);
}

TEST(UserArgument, IsReadFromTheCommandLineAndNeverEmpty) {
    CLI::App app;
    UserArgument argument;
    add_user_argument(app, argument);
    app.parse("--by-email 17");
    EXPECT_EQ(argument.text, "17");
    EXPECT_TRUE(argument.by_email);
    std::vector<std::string> empty{""};
    EXPECT_THROW(app.parse(empty), CLI::ParseError);
}

TEST(Listing, TakesTheThreeFormats) {
    for (const auto& [text, format] :
         {std::pair("table", Format::table), std::pair("json", Format::json),
          std::pair("ndjson", Format::ndjson)}) {
        CLI::App app;
        auto taken = Format::table;
        add_format(app, taken);
        app.parse(std::string("--format ") + text);
        EXPECT_EQ(taken, format);
    }
    CLI::App app;
    auto taken = Format::table;
    add_format(app, taken);
    EXPECT_THROW(app.parse("--format xml"), CLI::ParseError);
}

class UserQueryOptions : public ::testing::Test {
  protected:
    UserQueryOptions() { add_user_query(app_, query_); }

    std::string error_of(const std::string& options) {
        try {
            app_.parse(options);
        } catch (const CLI::ParseError& error) {
            return error.what();
        }
        return "";
    }

    CLI::App app_;
    UserQuery query_;
};

TEST_F(UserQueryOptions, MatchAllUsersByIdByDefault) {
    EXPECT_EQ(error_of(""), "");
    EXPECT_EQ(query_.text, "");
    EXPECT_FALSE(query_.role);
    EXPECT_FALSE(query_.disabled);
    EXPECT_EQ(query_.order, UserOrder());
}

TEST_F(UserQueryOptions, EachReachesTheQuery) {
    EXPECT_EQ(error_of("--role admin --disabled no --search @Example --sort -created_at,email"),
              "");
    EXPECT_EQ(query_.role, Role::admin);
    EXPECT_EQ(query_.disabled, false);
    EXPECT_EQ(query_.text, "@Example");
    EXPECT_EQ(to_string(query_.order), "-created_at,email");
    EXPECT_EQ(error_of("--query bob"), "");
    EXPECT_EQ(query_.text, "bob");
}

TEST_F(UserQueryOptions, RefuseOtherWords) {
    EXPECT_NE(error_of("--role king"), "");
    EXPECT_NE(error_of("--disabled maybe"), "");
    EXPECT_NE(error_of("--sort name").find("-created_at,email"), std::string::npos);
    EXPECT_NE(error_of("--search " + std::string(255, 'a')).find("254 bytes"), std::string::npos);
}

}  // namespace
}  // namespace roster::cli
