#include "client/typed_responses.hpp"

#include "core/json/user_json.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

namespace roster::client {
namespace {

using namespace std::chrono_literals;

Response response_with(unsigned status, std::string body = "") {
    Response response;
    response.status = status;
    response.body = std::move(body);
    return response;
}

TEST(ClientTypedResponses, EachStatusIsAnErrorOfItsOwn) {
    EXPECT_TRUE(read_sign_up(response_with(201)).has_value());
    EXPECT_TRUE(read_modify(response_with(200)).has_value());
    const std::pair<unsigned, Errc> expected[] = {
        {400, Errc::invalid_request},  {401, Errc::invalid_credentials},
        {403, Errc::forbidden},        {404, Errc::user_not_found},
        {409, Errc::email_taken},      {413, Errc::invalid_request},
        {429, Errc::overloaded},       {503, Errc::overloaded},
        {200, Errc::malformed_answer}, {302, Errc::malformed_answer},
        {418, Errc::malformed_answer}, {500, Errc::malformed_answer},
    };
    for (const auto& [status, error] : expected)
        EXPECT_EQ(read_sign_up(response_with(status)).error(), error) << status;
}

TEST(ClientTypedResponses, ALogInTellsTheRole) {
    EXPECT_EQ(read_log_in(response_with(200, "Success Login. you are admin")).value(), Role::admin);
    EXPECT_EQ(read_log_in(response_with(200, "Success Login. you are user")).value(), Role::user);
    EXPECT_EQ(read_log_in(response_with(401, "Unauthorized")).error(), Errc::invalid_credentials);
    for (const char* body : {"", "Success Login. you are ", "Success Login. you are root",
                             "success login. you are admin", "Success Login. you are admin!"})
        EXPECT_EQ(read_log_in(response_with(200, body)).error(), Errc::malformed_answer) << body;
}

TEST(ClientTypedResponses, UsersAreRead) {
    const auto users = read_users(response_with(
        200, R"({"users":[{"id":3,"email":"a@a.com","role":"user","disabled":false,)"
             R"("created_at":"2026-11-22T09:00:00Z","updated_at":"2026-11-22T09:00:00Z"}]})"));
    ASSERT_TRUE(users.has_value());
    ASSERT_EQ(users->size(), 1u);
    EXPECT_EQ(users->front().email, "a@a.com");
    EXPECT_EQ(read_users(response_with(403)).error(), Errc::forbidden);
    EXPECT_EQ(read_users(response_with(200, "<html>")).error(), Errc::malformed_answer);
}

TEST(ClientUsers, AreReadBackAsTheServerWritesThem) {
    User user;
    user.password_hash = Secret("$argon2id$never-to-be-seen");
    user.role = Role::admin;
    user.created_at = std::chrono::sys_days{2026y / 11 / 22} + 9h;
    user.updated_at = user.created_at + 5s;
    user.email = "비밀\"@a.com";
    user.disabled = true;
    user.id = kMaxNumber - 1;
    std::string json;
    encode_user(user, json);
    const auto users = read_users(json);
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

TEST(ClientUsers, AreReadInTheirOrder) {
    const auto users = read_users(
        R"({"users":[{"id":2,"email":"b"},{"id":1,"email":"a","role":"admin"}],"next":null})");
    ASSERT_TRUE(users);
    ASSERT_EQ(users->size(), 2U);
    EXPECT_EQ(users->at(0).id, 2U);
    EXPECT_EQ(users->at(0).role, Role::user);
    EXPECT_EQ(users->at(1).email, "a");
    EXPECT_EQ(users->at(1).role, Role::admin);
}

TEST(ClientUsers, AnEmptyListIsNobody) {
    const auto users = read_users(" {\"users\":[]} \n");
    ASSERT_TRUE(users);
    EXPECT_TRUE(users->empty());
}

TEST(ClientUsers, IgnoreFurtherMembersPasswordsAboveAll) {
    const auto users =
        read_users(R"({"id":1,"email":"a","password":"pw","password_hash":"h","metadata":{}})");
    ASSERT_TRUE(users);
    EXPECT_TRUE(users->front().password_hash.empty());
}

TEST(ClientUsers, WhatIsNoListOfThemIsMalformed) {
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
        const auto users = read_users(bad);
        ASSERT_FALSE(users) << bad;
        EXPECT_EQ(users.error(), make_error_code(Errc::malformed_answer)) << bad;
    }
}

TEST(ClientUsers, DeepNestingDoesNoHarm) {
    EXPECT_FALSE(read_users(std::string(100'000, '[')));
}

TEST(ClientTypedResponses, AStatusNeedsItsHeaders) {
    Response response = response_with(200);
    EXPECT_EQ(read_status(response).error(), Errc::malformed_answer);
    response.headers.emplace_back("roster-status", "draining");
    EXPECT_EQ(read_status(response).error(), Errc::malformed_answer);
    response.headers.emplace_back("ROSTER-UPTIME", "61");
    auto status = read_status(response);
    ASSERT_TRUE(status.has_value());
    EXPECT_EQ(status->status, "draining");
    EXPECT_EQ(status->uptime, std::chrono::seconds(61));
    EXPECT_EQ(status->users, std::nullopt);

    response.headers.emplace_back("Roster-Users", "8");
    status = read_status(response);
    ASSERT_TRUE(status.has_value());
    EXPECT_EQ(status->users, 8u);

    response.headers.back().second = "8 or so";
    EXPECT_EQ(read_status(response).error(), Errc::malformed_answer);
}

TEST(ClientTypedResponses, AnUptimeIsANumberThatFits) {
    for (const char* uptime : {"", "-1", "1.5", "1 ", "9223372036854775808", "1e3"}) {
        Response response = response_with(200);
        response.headers.emplace_back("Roster-Status", "ready");
        response.headers.emplace_back("Roster-Uptime", uptime);
        EXPECT_EQ(read_status(response).error(), Errc::malformed_answer) << uptime;
    }
}

}  // namespace
}  // namespace roster::client
