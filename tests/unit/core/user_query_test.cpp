#include <roster/user_query.hpp>

#include <gtest/gtest.h>

#include <string>
#include <variant>

namespace roster {
namespace {

std::string read(std::string_view text) {
    const auto order = parse_user_order(text);
    const auto* good = std::get_if<UserOrder>(&order);
    return good != nullptr ? to_string(*good) : "refused";
}

std::string refusal(std::string_view text) {
    const auto order = parse_user_order(text);
    const auto* wrong = std::get_if<std::string>(&order);
    return wrong != nullptr ? *wrong : "";
}

TEST(UserOrder, IsReadAndWritten) {
    EXPECT_EQ(read(""), "id");
    EXPECT_EQ(read("-id"), "-id");
    EXPECT_EQ(read("email"), "email");
    EXPECT_EQ(read("-created_at,email"), "-created_at,email");
    EXPECT_EQ(read("created_at,-id"), "created_at,-id");
}

TEST(UserOrder, WhatTwoUsersCanHaveInCommonIsFollowedByTheIdInTheSameDirection) {
    EXPECT_EQ(read("created_at"), "created_at,id");
    EXPECT_EQ(read("-created_at"), "-created_at,-id");
    EXPECT_EQ(read("-last_login_at"), "-last_login_at,-id");
    EXPECT_EQ(read("last_login_at,-email"), "last_login_at,-email");
}

TEST(UserOrder, AfterAUniqueKeyNothingIsSaid) {
    EXPECT_EQ(read("email,-created_at"), "email");
    EXPECT_EQ(read("-id,email,created_at"), "-id");
    EXPECT_EQ(read("created_at,email,-id"), "created_at,email");
}

TEST(UserOrder, RefusalsSayWhatIsWrongAndWhatIsAllowed) {
    for (const char* text : {"name", ",", "id,", ",id", "--id", "+id", "ID", " id", "-", "id,id",
                             "created_at,-created_at", "created_at,last_login_at", "email,name"}) {
        EXPECT_EQ(read(text), "refused") << text;
        EXPECT_NE(refusal(text).find("id, email, created_at or last_login_at"), std::string::npos)
            << text;
    }
    EXPECT_NE(refusal("-name").find("\"name\""), std::string::npos);
    EXPECT_NE(refusal("email,email").find("twice"), std::string::npos);
    EXPECT_LT(refusal(std::string(100'000, 'x')).size(), 500U);
    EXPECT_EQ(refusal("a\nb").find('\n'), std::string::npos);
}

TEST(UserQuery, ProblemsAreNamed) {
    UserQuery query;
    EXPECT_FALSE(problem_of(query));
    query.limit = 501;
    EXPECT_EQ(problem_of(query), "the limit must be 1 to 500");
    query.limit = 500;
    query.text = std::string(254, 'a');
    EXPECT_FALSE(problem_of(query));
    query.text += 'a';
    EXPECT_EQ(problem_of(query), "must have at most 254 bytes");
    query.text = "a\tb";
    EXPECT_EQ(problem_of(query), "must be UTF-8 without control characters");
}

}  // namespace
}  // namespace roster
