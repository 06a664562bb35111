#include "core/user_profile.hpp"

#include <gtest/gtest.h>

#include <string>

namespace roster {
namespace {

using Groups = std::vector<std::string>;

TEST(UserProfile, AUsernameIsAWordButNoNumber) {
    for (const std::string& good : {std::string("b"), std::string("Bob.o-b_1"), std::string("1a"),
                                    std::string("-"), std::string(64, 'a')})
        EXPECT_TRUE(is_username(good)) << good;
    for (const std::string& bad :
         {std::string(), std::string("17"), std::string("a@b"), std::string("a b"),
          std::string("\xC3\xA4"), std::string(65, 'a')})
        EXPECT_FALSE(is_username(bad)) << bad;
}

TEST(UserProfile, ANameIsCleanTextAndALocaleATag) {
    EXPECT_TRUE(is_display_name("Bob \"B\" 비"));
    EXPECT_TRUE(is_display_name(std::string(254, 'a')));
    for (const std::string& bad : {std::string(255, 'a'), std::string("a\nb"), std::string("\xFF")})
        EXPECT_FALSE(is_display_name(bad));
    EXPECT_TRUE(is_locale("zh-Hant-TW"));
    EXPECT_FALSE(is_locale("de_CH"));
    EXPECT_FALSE(is_locale(std::string(36, 'a')));
}

TEST(UserProfile, GroupsAreSortedEachOnce) {
    EXPECT_EQ(parse_groups("media, admins  media,a.b-c_1"), (Groups{"a.b-c_1", "admins", "media"}));
    EXPECT_EQ(parse_groups(" ,"), Groups());
    EXPECT_EQ(join_groups({"a", "b"}), "a b");
    for (const char* bad : {"Admins", "a@b", "a\nb"})
        EXPECT_FALSE(parse_groups(bad)) << bad;
    std::string many;
    for (std::size_t i = 0; i < kMaxGroups; ++i)
        many += "g" + std::to_string(i) + " ";
    EXPECT_EQ(parse_groups(many)->size(), kMaxGroups);
    EXPECT_FALSE(parse_groups(many + "one-more"));
}

TEST(UserProfile, AGroupIsFoundAsAWhole) {
    EXPECT_TRUE(has_group("admins media", "media"));
    EXPECT_TRUE(has_group("admins media", "admins"));
    EXPECT_TRUE(has_group("aa a", "a"));
    for (const char* other : {"admin", "dmins", "med", "edia", "s m"})
        EXPECT_FALSE(has_group("admins media", other)) << other;
    EXPECT_FALSE(has_group("", "a"));
}

TEST(UserProfile, ADifferenceMakesTheOneOfTheOther) {
    UserProfile before;
    before.username = "bob";
    before.groups = {"a"};
    before.email_verified_at = std::chrono::sys_seconds(std::chrono::seconds(5));
    UserProfile after;
    after.name = "Bob";
    after.groups = {"a"};
    after.locale = "de";
    const ProfileChange change = difference(before, after);
    EXPECT_FALSE(change.groups);
    EXPECT_EQ(change.username, "");
    EXPECT_EQ(changed_profile(before, change), after);
    EXPECT_EQ(difference(after, after), ProfileChange());
}

TEST(UserProfile, WhatBreaksARuleIsNotStorable) {
    UserProfile good;
    good.groups = {"b", "a", "b"};
    EXPECT_EQ(storable_profile(good)->groups, (Groups{"a", "b"}));
    const auto is_bad = [](auto set) {
        UserProfile profile;
        set(profile);
        return !storable_profile(profile);
    };
    EXPECT_TRUE(is_bad([](UserProfile& one) { one.username = "1"; }));
    EXPECT_TRUE(is_bad([](UserProfile& one) { one.name = "\t"; }));
    EXPECT_TRUE(is_bad([](UserProfile& one) { one.locale = "-_"; }));
    EXPECT_TRUE(is_bad([](UserProfile& one) { one.groups = {""}; }));
    EXPECT_TRUE(is_bad([](UserProfile& one) {
        one.email_verified_at = std::chrono::sys_seconds(std::chrono::seconds(-1));
    }));
}

}  // namespace
}  // namespace roster
