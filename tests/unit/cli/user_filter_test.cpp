#include "cli/user_filter.hpp"

#include <CLI/CLI.hpp>

#include <gtest/gtest.h>

#include <string>

namespace roster::cli {
namespace {

class Filtering : public ::testing::Test {
  protected:
    Filtering() { add_user_filter(app_, filter_); }

    bool takes(const std::string& options, const User& user) {
        app_.parse(options);
        return filter_.matches(user);
    }

    static User user(const std::string& email, Role role, bool disabled) {
        User user;
        user.email = email;
        user.role = role;
        user.disabled = disabled;
        return user;
    }

    CLI::App app_;
    UserFilter filter_;
};

TEST_F(Filtering, WithoutOptionsTakesEverybody) {
    EXPECT_TRUE(takes("", user("a@a.com", Role::admin, true)));
}

TEST_F(Filtering, GoesByRole) {
    EXPECT_TRUE(takes("--role admin", user("a@a.com", Role::admin, false)));
    EXPECT_FALSE(takes("--role admin", user("a@a.com", Role::user, false)));
}

TEST_F(Filtering, GoesByBeingDisabled) {
    EXPECT_TRUE(takes("--disabled yes", user("a@a.com", Role::user, true)));
    EXPECT_FALSE(takes("--disabled yes", user("a@a.com", Role::user, false)));
    EXPECT_FALSE(takes("--disabled no", user("a@a.com", Role::user, true)));
}

TEST_F(Filtering, LooksIntoEmailsWithoutCase) {
    EXPECT_TRUE(takes("--query @Example", user("Bob@eXAMPLE.com", Role::user, false)));
    EXPECT_FALSE(takes("--query @example", user("bob@elsewhere.com", Role::user, false)));
}

TEST_F(Filtering, EveryOptionMustFit) {
    EXPECT_FALSE(takes("--role user --disabled no --query b", user("a", Role::user, false)));
    EXPECT_TRUE(takes("--role user --disabled no --query b", user("b", Role::user, false)));
}

TEST_F(Filtering, RefusesOtherWords) {
    EXPECT_THROW(app_.parse("--role king"), CLI::ParseError);
    EXPECT_THROW(app_.parse("--disabled maybe"), CLI::ParseError);
}

}  // namespace
}  // namespace roster::cli
