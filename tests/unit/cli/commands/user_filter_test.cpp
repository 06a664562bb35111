#include "cli/commands/user_filter.hpp"

#include <CLI/CLI.hpp>

#include <gtest/gtest.h>

#include <string>

namespace roster::cli {
namespace {

class Asking : public ::testing::Test {
  protected:
    Asking() { add_user_query(app_, query_); }

    UserQuery& ask(const std::string& options) {
        app_.parse(options);
        return query_;
    }

    std::string refusal_of(const std::string& options) {
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

TEST_F(Asking, WithoutOptionsIsForEverybodyById) {
    const UserQuery& query = ask("");
    EXPECT_EQ(query.text, "");
    EXPECT_FALSE(query.role);
    EXPECT_FALSE(query.disabled);
    EXPECT_EQ(query.order, UserOrder());
}

TEST_F(Asking, EveryOptionCounts) {
    const UserQuery& query =
        ask("--role admin --disabled no --search @Example --sort -created_at,email");
    EXPECT_EQ(query.role, Role::admin);
    EXPECT_EQ(query.disabled, false);
    EXPECT_EQ(query.text, "@Example");
    EXPECT_EQ(to_string(query.order), "-created_at,email");
}

TEST_F(Asking, QueryIsTheOlderNameOfSearch) {
    EXPECT_EQ(ask("--query bob").text, "bob");
}

TEST_F(Asking, RefusesOtherWords) {
    EXPECT_NE(refusal_of("--role king"), "");
    EXPECT_NE(refusal_of("--disabled maybe"), "");
    EXPECT_NE(refusal_of("--sort name").find("-created_at,email"), std::string::npos);
    EXPECT_NE(refusal_of("--search " + std::string(255, 'a')).find("254 bytes"), std::string::npos);
}

}  // namespace
}  // namespace roster::cli
