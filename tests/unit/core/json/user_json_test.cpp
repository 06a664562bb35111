#include "core/json/user_json.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace roster {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::sys_seconds kCreated = std::chrono::sys_days{2026y / 11 / 22} + 9h;

User alice() {
    User user;
    user.id = 1;
    user.email = "a@a.com";
    user.password_hash = Secret("$argon2id$never-to-be-seen");
    user.role = Role::admin;
    user.created_at = kCreated;
    user.updated_at = kCreated + 5s;
    user.revision = 7;
    return user;
}

std::string encoded(const User& user) {
    std::string out;
    encode_user(user, out);
    return out;
}

TEST(UserJson, WritesEveryPublicMemberAndNoSecret) {
    EXPECT_EQ(encoded(alice()),
              R"({"id":1,"email":"a@a.com","role":"admin","disabled":false,)"
              R"("created_at":"2026-11-22T09:00:00Z","updated_at":"2026-11-22T09:00:05Z"})");
}

TEST(UserJson, AppendsToWhatIsThere) {
    std::string out = "[";
    encode_user(alice(), out);
    EXPECT_EQ(out, "[" + encoded(alice()));
}

TEST(UserJson, EscapesWhatJsonWantsEscaped) {
    User user = alice();
    user.email = "\"a\\b\n\x01비";
    EXPECT_NE(encoded(user).find(R"("email":"\"a\\b\n\u0001비")"), std::string::npos)
        << encoded(user);
}

std::string problem_of(const UserShape& shape, std::string_view json) {
    UserParser parser(shape);
    const auto problem = parse_json(json, parser);
    return problem ? to_string(*problem) : "";
}

TEST(UserCodec, EveryMemberIsReadBackAsItWasWritten) {
    User user = alice();
    user.disabled = true;
    user.credentials_revision = 6;
    user.metadata = "{\"n\":[1.50]}";
    user.profile.username = "al";
    user.profile.name = "Al \"A\"";
    user.profile.groups = {"a", "b"};
    user.profile.email_verified_at = kCreated + 1s;
    user.profile.locale = "de-CH";
    user.last_login_at = kCreated + 2s;
    UserFields fields(user);
    fields.unknown_members = "\"nick\":\"A\",\"x\":{\"y\":[]}";
    std::string text;
    append_user(fields, kStoredUser, text);
    UserParser parser(kStoredUser);
    ASSERT_FALSE(parse_json(text, parser));
    for (const UserMemberRow& row : user_members()) {
        EXPECT_EQ(parser.has(row.member), has(kStoredUser.members, row.member)) << row.name;
    }
    const ParsedUser& read = parser.user();
    EXPECT_EQ(read.id, 1U);
    EXPECT_EQ(read.password.reveal(), user.password_hash.reveal());
    EXPECT_EQ(read.role, Role::admin);
    EXPECT_TRUE(read.disabled);
    EXPECT_EQ(read.updated_at, user.updated_at);
    EXPECT_EQ(read.revision, 7U);
    EXPECT_EQ(read.credentials_revision, 6U);
    EXPECT_EQ(read.metadata, user.metadata);
    EXPECT_EQ(read.profile, user.profile);
    EXPECT_EQ(read.last_login_at, user.last_login_at);
    EXPECT_EQ(read.unknown_members, fields.unknown_members);
}

TEST(UserCodec, MembersThatHoldTheirDefaultAreLeftOutWhereTheShapeSaysSo) {
    User user = alice();
    user.password_hash = Secret();
    std::string text;
    append_user(UserFields(user), kExportedUser, text);
    EXPECT_EQ(text, encoded(user));
}

TEST(UserCodec, AnImportTakesWhatAnExportWrites) {
    std::string text;
    append_user(UserFields(alice()), kExportedUser, text);
    UserParser parser(kImportedUser);
    ASSERT_FALSE(parse_json(text, parser));
    EXPECT_EQ(parser.user().password_hash.reveal(), alice().password_hash.reveal());
    EXPECT_TRUE(parser.user().password.empty());
    EXPECT_EQ(problem_of(kImportedUser, R"({"email":"a@a.com","role":null})"), "");
}

TEST(UserCodec, NamesTheMemberAndThePlace) {
    EXPECT_EQ(problem_of(kImportedUser, R"({"email":"a@a.com","nick":"A"})"),
              "line 1, column 20: \"nick\" is not known here, only id, email, username, "
              "name, password, password_hash, role, groups, disabled, email_verified_at, locale, "
              "created_at, updated_at, last_login_at and metadata");
    EXPECT_EQ(problem_of(kImportedUser, R"({"email":"a@a.com","id":"7"})"),
              "line 1, column 25: \"id\" must be a whole number from 1 to 9007199254740990");
    EXPECT_EQ(problem_of(kImportedUser, R"({"email":"a","email":"b"})"),
              "line 1, column 14: the user has \"email\" twice");
    EXPECT_EQ(problem_of(kImportedUser, R"({"email":null})"),
              "line 1, column 1: the user has no \"email\"");
    EXPECT_NE(problem_of(kImportedUser, "[]").find("a user is an object"), std::string::npos);
}

TEST(UserCodec, ValuesMayComeAsTexts) {
    ParsedUser user;
    const auto set = [&user](std::string_view name, std::string_view text) {
        return find_user_member(name)->set(user, text);
    };
    EXPECT_TRUE(set("id", "7"));
    EXPECT_FALSE(set("id", "007"));
    EXPECT_FALSE(set("id", "9007199254740991"));
    EXPECT_TRUE(set("disabled", "TRUE"));
    EXPECT_FALSE(set("disabled", "yes"));
    EXPECT_FALSE(set("created_at", "1969-12-31T23:59:59Z"));
    EXPECT_EQ(find_user_member("nick"), nullptr);
}

TEST(UserJson, AProfileIsWrittenAmongTheOtherMembers) {
    User user = alice();
    user.profile.username = "al";
    user.profile.groups = {"a", "b"};
    user.last_login_at = kCreated;
    std::string out;
    append_user(UserFields(user), kExportedUser, out);
    EXPECT_EQ(out,
              R"({"id":1,"email":"a@a.com","username":"al",)"
              R"("password_hash":"$argon2id$never-to-be-seen","role":"admin","groups":["a","b"],)"
              R"("disabled":false,"created_at":"2026-11-22T09:00:00Z",)"
              R"("updated_at":"2026-11-22T09:00:05Z","last_login_at":"2026-11-22T09:00:00Z"})");
}

TEST(UserJson, TheClassicProtocolDoesNotShowAProfile) {
    User user = alice();
    const std::string before = encoded(user);
    user.profile.username = "al";
    user.profile.groups = {"a"};
    user.last_login_at = kCreated;
    EXPECT_EQ(encoded(user), before);
}

TEST(UserJson, RefusesAProfileThatBreaksARule) {
    for (const std::string_view bad :
         {R"("username":"a b")", R"("username":"17")", R"("username":null)", R"("name":"a\n")",
          R"("groups":"a")", R"("groups":["A"])", R"("groups":["a b"])", R"("groups":[1])",
          R"("groups":[["a"]])", R"("groups":{})", R"("email_verified_at":"soon")",
          R"("locale":"de_CH")", R"("last_login_at":5)"}) {
        UserParser parser(kStoredUser);
        const auto problem =
            parse_json(R"({"email":"a","password":"",)" + std::string(bad) + "}", parser);
        ASSERT_TRUE(problem) << bad;
        const std::string name(bad.substr(0, bad.find(':')));
        EXPECT_TRUE(problem->text.starts_with(name + " must be ")) << problem->text;
    }
}

TEST(UserJson, AbsentMembersOfAProfileAreNoSlips) {
    UserParser parser(kStoredUser);
    EXPECT_FALSE(parse_json(
        R"({"email":"a","password":"","names":1,"group":["x"],"groups":["b","a","b"],"name":""})",
        parser));
    EXPECT_EQ(parser.user().unknown_members, R"("names":1,"group":["x"])");
    EXPECT_EQ(parser.user().profile.groups, (std::vector<std::string>{"a", "b"}));
}

}  // namespace
}  // namespace roster
