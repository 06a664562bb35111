#include "unit/server/http/api_fixture.hpp"

#include <string>

namespace roster::server {
namespace {

class TokenRoutes : public ApiTest {
  protected:
    std::string link_of(const std::string& body = R"({"purpose":"invite"})") {
        const Answer link =
            ask("POST", path_of(user_) + "/password-link", log_in("admin@a.com"), body);
        EXPECT_EQ(link.status, 201U);
        return link.text("token");
    }

    Answer redeem(const std::string& token, const std::string& password) {
        return ask("POST", "/v1/password-links/redeem", {},
                   R"({"token":")" + token + R"(","new_password":")" + password + R"("})");
    }
};

TEST_F(TokenRoutes, AProgramGetsATokenOfItsOwn) {
    const std::string user = log_in("user@a.com");
    const Answer token = ask("POST", "/v1/tokens", user, R"({"label":"backup","expires_in":3600})");
    EXPECT_EQ(token.status, 201U);
    EXPECT_TRUE(token.text("token").starts_with("rst_"));
    EXPECT_EQ(token.text("token_type"), "Bearer");
    EXPECT_EQ(token.json.at("session").at("kind").as_string(), "token");
    EXPECT_EQ(token.json.at("session").at("label").as_string(), "backup");
    EXPECT_EQ(token.json.at("expires_at"), token.json.at("session").at("expires_at"));
    EXPECT_EQ(get("/v1/users/me", token.text("token")).status, 200U);
    const auto id = token.json.at("session").at("id").as_int64();
    EXPECT_EQ(ask("DELETE", "/v1/sessions/" + std::to_string(id), user).status, 204U);
    EXPECT_EQ(get("/v1/users/me", token.text("token")).code(), "session_revoked");
}

TEST_F(TokenRoutes, WhatATokenNeedsIsSaid) {
    const std::string user = log_in("user@a.com");
    EXPECT_EQ(ask("POST", "/v1/tokens", {}, R"({"label":"x"})").status, 401U);
    EXPECT_EQ(ask("POST", "/v1/tokens", user, R"({"expires_in":0})").errors(),
              "/label missing\n/expires_in out_of_range\n");
    EXPECT_EQ(ask("POST", "/v1/tokens", user, R"({"label":"x","expires_in":3153600001})").errors(),
              "/expires_in out_of_range\n");
    EXPECT_EQ(ask("POST", "/v1/tokens", user, R"({"label":"x","expires_in":-1})").errors(),
              "/expires_in wrong_type\n");
}

TEST_F(TokenRoutes, ALinkSetsAPasswordOnce) {
    const Answer link = ask("POST", path_of(user_) + "/password-link", log_in("admin@a.com"),
                            R"({"purpose":"reset","expires_in":60})");
    EXPECT_EQ(link.status, 201U);
    const std::string token = link.text("token");
    EXPECT_EQ(link.text("url"), "http://localhost:8080/reset/" + token);
    EXPECT_EQ(get("/v1/users/me", token).code(), "unauthenticated");
    EXPECT_EQ(redeem(token, "short").errors(), "/new_password too_short\n");
    const std::string old = log_in("user@a.com");
    EXPECT_EQ(redeem(token, "another password").status, 204U);
    EXPECT_EQ(redeem(token, "a third password").status, 401U);
    EXPECT_EQ(get("/v1/users/me", old).status, 401U) << "all sessions end";
    log_in("user@a.com", "another password");
}

TEST_F(TokenRoutes, ALinkIsVoidWhenTheEmailChanges) {
    const std::string token = link_of();
    EXPECT_EQ(ask("PATCH", path_of(user_), log_in("user@a.com"), R"({"email":"new@a.com"})").status,
              200U);
    EXPECT_EQ(redeem(token, "another password").status, 401U);
}

TEST_F(TokenRoutes, LinksAreMadeByAdministrators) {
    const std::string body = R"({"purpose":"invite"})";
    const std::string user = log_in("user@a.com");
    const std::string admin = log_in("admin@a.com");
    EXPECT_EQ(ask("POST", path_of(user_) + "/password-link", user, body).status, 403U);
    EXPECT_EQ(ask("POST", "/v1/users/99/password-link", admin, body).status, 404U);
    EXPECT_EQ(ask("POST", "/v1/users/x/password-link", admin, body).status, 404U);
    EXPECT_EQ(ask("POST", path_of(user_) + "/password-link", admin, R"({"purpose":"x"})").errors(),
              "/purpose unknown_value\n");
    ask("PATCH", path_of(user_), admin, R"({"disabled":true})");
    EXPECT_EQ(ask("POST", path_of(user_) + "/password-link", admin, body).code(),
              "account_disabled");
    EXPECT_EQ(redeem("rst_" + std::string(43, 'A'), "another password").code(), "unauthenticated");
}

TEST_F(TokenRoutes, WhoIsInvitedHasNoPasswordUntilTheLinkSetsOne) {
    const std::string admin = log_in("admin@a.com");
    EXPECT_EQ(ask("POST", "/v1/users", {}, R"({"email":"i@a.com"})").errors(),
              "/password missing\n");
    const Answer added = ask("POST", "/v1/users", admin, R"({"email":"i@a.com"})");
    EXPECT_EQ(added.status, 201U);
    const UserId id = static_cast<UserId>(added.json.at("id").as_int64());
    EXPECT_EQ(ask("POST", "/v1/sessions", {}, R"({"login":"i@a.com","password":""})").status, 401U);
    const Answer link =
        ask("POST", path_of(id) + "/password-link", admin, R"({"purpose":"invite"})");
    EXPECT_EQ(redeem(link.text("token"), "a password of mine").status, 204U);
    log_in("i@a.com", "a password of mine");
}

}  // namespace
}  // namespace roster::server
