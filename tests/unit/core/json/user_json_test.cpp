#include "core/json/user_json.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <limits>

namespace roster::protocol {
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

TEST(UserJson, ReadsBackWhatItWrote) {
    User user = alice();
    user.email = "비밀\"@a.com";
    user.disabled = true;
    user.id = std::numeric_limits<UserId>::max();
    const auto users = decode_users(encoded(user));
    ASSERT_TRUE(users);
    ASSERT_EQ(users->size(), 1U);
    const User& read = users->front();
    EXPECT_EQ(read.id, user.id);
    EXPECT_EQ(read.email, user.email);
    EXPECT_EQ(read.role, Role::admin);
    EXPECT_TRUE(read.disabled);
    EXPECT_EQ(read.created_at, user.created_at);
    EXPECT_EQ(read.updated_at, user.updated_at);
    EXPECT_TRUE(read.password_hash.empty());
}

TEST(UserJson, ReadsAListInItsOrder) {
    const auto users = decode_users(
        R"({"users":[{"id":2,"email":"b"},{"id":1,"email":"a","role":"admin"}],"next":null})");
    ASSERT_TRUE(users);
    ASSERT_EQ(users->size(), 2U);
    EXPECT_EQ(users->at(0).id, 2U);
    EXPECT_EQ(users->at(0).role, Role::user);
    EXPECT_EQ(users->at(1).email, "a");
    EXPECT_EQ(users->at(1).role, Role::admin);
}

TEST(UserJson, AnEmptyListIsNobody) {
    const auto users = decode_users(" {\"users\":[]} \n");
    ASSERT_TRUE(users);
    EXPECT_TRUE(users->empty());
}

TEST(UserJson, IgnoresFurtherMembersPasswordsAboveAll) {
    const auto users =
        decode_users(R"({"id":1,"email":"a","password":"pw","password_hash":"h","metadata":{}})");
    ASSERT_TRUE(users);
    EXPECT_TRUE(users->front().password_hash.empty());
}

TEST(UserJson, RefusesWhatIsNoListOfUsers) {
    for (const std::string_view bad : {
             "",
             "null",
             "[]",
             "{}",
             "{\"users\":[]",
             "{\"users\":[]}x",
             R"({"users":{}})",
             R"({"users":null})",
             R"({"users":[1]})",
             R"({"id":1})",
             R"({"email":"a"})",
             R"({"id":0,"email":"a"})",
             R"({"id":-1,"email":"a"})",
             R"({"id":1.5,"email":"a"})",
             R"({"id":"1","email":"a"})",
             R"({"id":18446744073709551616,"email":"a"})",
             R"({"id":1,"email":null})",
             R"({"id":1,"email":"a","role":"root"})",
             R"({"id":1,"email":"a","role":1})",
             R"({"id":1,"email":"a","disabled":0})",
             R"({"id":1,"email":"a","created_at":"yesterday"})",
             R"({"id":1,"email":"a","updated_at":5})",
             "{\"id\":1,\"email\":\"\xFF\"}",
         }) {
        const auto users = decode_users(bad);
        ASSERT_FALSE(users) << bad;
        EXPECT_EQ(users.error(), make_error_code(Errc::malformed_answer)) << bad;
    }
}

TEST(UserJson, DeepNestingDoesNoHarm) {
    EXPECT_FALSE(decode_users(std::string(100'000, '[')));
}

}  // namespace
}  // namespace roster::protocol
