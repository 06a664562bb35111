#include "cli/commands/user_argument.hpp"

#include <CLI/CLI.hpp>

#include <gtest/gtest.h>

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

TEST(UserArgument, AnEmailOfDigitsCanBeNamed) {
    EXPECT_FALSE(UserArgument("17", true).is_id());
    EXPECT_EQ(UserArgument("17", true).id(), std::nullopt);
}

TEST(UserArgument, ANumberNoUserCanHaveIsNoEmail) {
    const UserArgument argument("18446744073709551616");
    EXPECT_TRUE(argument.is_id());
    EXPECT_EQ(argument.id(), std::nullopt);
}

TEST(UserArgument, IsReadFromTheCommandLine) {
    CLI::App app;
    UserArgument argument;
    add_user_argument(app, argument);
    app.parse("--by-email 17");
    EXPECT_EQ(argument.text, "17");
    EXPECT_TRUE(argument.by_email);
}

TEST(UserArgument, IsNeverEmpty) {
    CLI::App app;
    UserArgument argument;
    add_user_argument(app, argument);
    std::vector<std::string> empty{""};
    EXPECT_THROW(app.parse(empty), CLI::ParseError);
}

}  // namespace
}  // namespace roster::cli
