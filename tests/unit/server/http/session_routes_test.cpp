#include "unit/server/http/api_fixture.hpp"

#include <cstdint>
#include <set>
#include <string>

namespace roster::server {
namespace {

class SessionRoutes : public ApiTest {
  protected:
    Answer open(const std::string& body) { return ask("POST", "/v1/sessions", {}, body); }

    static std::string id_of(const Answer& opened) {
        return std::to_string(opened.json.at("session").at("id").as_int64());
    }
};

TEST_F(SessionRoutes, ALogInOpensOne) {
    const Answer answer =
        ask("POST", "/v1/sessions", {},
            R"({"login":"user@a.com","password":"right password","label":"my laptop"})",
            "User-Agent: test/1\r\nContent-Type: application/json\r\n");
    EXPECT_EQ(answer.status, 201U);
    EXPECT_EQ(answer.text("token_type"), "Bearer");
    EXPECT_EQ(answer.json.at("user").at("email").as_string(), "user@a.com");
    const auto& session = answer.json.at("session");
    EXPECT_EQ(session.at("kind").as_string(), "login");
    EXPECT_EQ(session.at("label").as_string(), "my laptop");
    EXPECT_EQ(session.at("user_agent").as_string(), "test/1");
    EXPECT_EQ(session.at("ip").as_string(), "127.0.0.1");
    EXPECT_TRUE(session.at("current").as_bool());
    EXPECT_EQ(get("/v1/users/me", answer.text("token")).status, 200U);
}

TEST_F(SessionRoutes, AWrongPasswordOpensNone) {
    for (const char* login : {"user@a.com", "nobody@a.com"}) {
        const Answer answer =
            open(R"({"login":")" + std::string(login) + R"(","password":"wrong"})");
        EXPECT_EQ(answer.status, 401U);
        EXPECT_EQ(answer.code(), "invalid_credentials");
    }
    EXPECT_EQ(open(R"({"login":"user@a.com"})").errors(), "/password missing\n");
    EXPECT_EQ(
        open(R"({"login":"user@a.com","password":"right password","label":"a\u0007"})").status,
        422U);
}

TEST_F(SessionRoutes, OnesOwnAreListedAndEnded) {
    const Answer first = open(R"({"login":"user@a.com","password":"right password"})");
    const Answer second = open(R"({"login":"user@a.com","password":"right password"})");
    const std::string token = first.text("token");
    const Answer list = get("/v1/sessions", token);
    EXPECT_EQ(list.json.at("items").as_array().size(), 2U);
    EXPECT_TRUE(list.json.at("items").at(0).at("current").as_bool());
    EXPECT_FALSE(list.json.at("items").at(1).at("current").as_bool());
    EXPECT_EQ(ask("DELETE", "/v1/sessions/" + id_of(second), token).status, 204U);
    EXPECT_EQ(get("/v1/users/me", second.text("token")).code(), "session_revoked");
    EXPECT_EQ(ask("DELETE", "/v1/sessions/current", token).status, 204U);
    EXPECT_EQ(get("/v1/users/me", token).code(), "session_revoked");
}

TEST_F(SessionRoutes, ManyAreEndedAtOnce) {
    const std::string token = log_in("user@a.com");
    const std::string other = log_in("user@a.com");
    EXPECT_EQ(ask("DELETE", "/v1/sessions", token).errors(), "/scope unknown_value\n");
    EXPECT_EQ(ask("DELETE", "/v1/sessions?scope=others", token).json.at("revoked").as_int64(), 1);
    EXPECT_EQ(get("/v1/users/me", token).status, 200U);
    EXPECT_EQ(get("/v1/users/me", other).status, 401U);
    EXPECT_EQ(ask("DELETE", "/v1/sessions?scope=all", token).json.at("revoked").as_int64(), 1);
    EXPECT_EQ(get("/v1/users/me", token).status, 401U);
}

TEST_F(SessionRoutes, OthersAreForAdministrators) {
    const std::string admin = log_in("admin@a.com");
    const std::string user = log_in("user@a.com");
    const std::string of_admin = "/v1/sessions?user=" + std::to_string(admin_);
    EXPECT_EQ(get(of_admin, user).status, 404U);
    EXPECT_EQ(ask("DELETE", of_admin + "&scope=all", user).status, 404U);
    EXPECT_EQ(ask("DELETE", "/v1/sessions/1", user).status, 404U);
    const std::string of_user = "/v1/sessions?user=" + std::to_string(user_);
    EXPECT_EQ(get(of_user, admin).json.at("items").as_array().size(), 1U);
    EXPECT_EQ(ask("DELETE", of_user + "&scope=all", admin).json.at("revoked").as_int64(), 1);
    EXPECT_EQ(get("/v1/users/me", user).code(), "session_revoked");
}

TEST_F(SessionRoutes, OfAllUsersAreListedPageByPage) {
    const std::string admin = log_in("admin@a.com");
    std::set<std::int64_t> opened{1};
    for (int i = 0; i < 6; ++i)
        opened.insert(open(R"({"login":"user@a.com","password":"right password"})")
                          .json.at("session")
                          .at("id")
                          .as_int64());
    const std::string user = log_in("user@a.com");
    EXPECT_EQ(get("/v1/sessions?user=all", user).status, 404U);
    EXPECT_EQ(ask("DELETE", "/v1/sessions/current", user).status, 204U);
    std::set<std::int64_t> listed;
    std::string next = "0";
    for (int pages = 0; !next.empty(); ++pages) {
        ASSERT_LT(pages, 10);
        const Answer page = get("/v1/sessions?user=all&limit=3&cursor=" + next, admin);
        const auto& items = page.json.at("items").as_array();
        EXPECT_LE(items.size(), 3U);
        for (const auto& session : items) {
            EXPECT_TRUE(listed.insert(session.at("id").as_int64()).second);
            EXPECT_EQ(session.at("current").as_bool(), session.at("id") == 1);
        }
        const auto& cursor = page.json.at("next_cursor");
        next = cursor.is_null() ? "" : std::string(cursor.as_string());
    }
    EXPECT_EQ(listed, opened);
    EXPECT_EQ(get("/v1/sessions?user=all", admin).json.at("items").as_array().size(), 7U);
    for (const char* wrong : {"cursor=x", "cursor=-1", "limit=0", "limit=501"})
        EXPECT_EQ(get("/v1/sessions?user=all&" + std::string(wrong), admin).status, 422U) << wrong;
}

TEST_F(SessionRoutes, OfADisabledUserAreInNoList) {
    const std::string admin = log_in("admin@a.com");
    log_in("user@a.com");
    EXPECT_EQ(get("/v1/sessions?user=all", admin).json.at("items").as_array().size(), 2U);
    ask("PATCH", path_of(user_), admin, R"({"disabled":true})");
    EXPECT_EQ(get("/v1/sessions?user=all", admin).json.at("items").as_array().size(), 1U);
}

TEST_F(SessionRoutes, ADisabledUsersAreOver) {
    const std::string token = log_in("user@a.com");
    EXPECT_EQ(ask("PATCH", path_of(user_), log_in("admin@a.com"), R"({"disabled":true})").status,
              200U);
    EXPECT_EQ(get("/v1/users/me", token).code(), "session_revoked");
    EXPECT_EQ(open(R"({"login":"user@a.com","password":"right password"})").code(),
              "invalid_credentials");
}

}  // namespace
}  // namespace roster::server
