#include "server/http/browser.hpp"

#include "unit/server/http/api_fixture.hpp"

#include <roster/error.hpp>

#include <string>

namespace roster::server {
namespace {

class BrowserRules : public ApiTest {
  protected:
    static constexpr const char* kOwn = "Origin: http://localhost:8080\r\n";
    static constexpr const char* kJson = "Content-Type: application/json\r\n";

    // The cookie as a browser sends it back.
    std::string log_in_by_cookie() {
        const Answer answer = log_in_with("");
        EXPECT_EQ(answer.status, 201U);
        const std::size_t begin = answer.headers.find("Set-Cookie: ") + 12;
        cookie_ = answer.headers.substr(begin, answer.headers.find("\r\n", begin) - begin);
        return "Cookie: other=1; " + cookie_.substr(0, cookie_.find(';')) + "\r\n";
    }

    Answer log_in_with(const std::string& headers) {
        return ask("POST", "/v1/sessions", {},
                   R"({"login":"user@a.com","password":"right password","cookie":true})",
                   headers + kJson);
    }

    std::string cookie_;
};

TEST(Origin, AWrongOneIsRefusedAtTheStart) {
    EXPECT_THROW(Browser("https://a/b"), StartupError);
    EXPECT_THROW(Browser("https://a", {"https://b", ""}), StartupError);
}

TEST_F(BrowserRules, ACookieHoldsTheTokenInsteadOfTheAnswer) {
    const std::string cookie = log_in_by_cookie();
    EXPECT_NE(cookie_.find("roster=rst_"), std::string::npos);
    EXPECT_NE(cookie_.find("; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax"), std::string::npos)
        << cookie_;
    EXPECT_FALSE(log_in_with("").json.as_object().contains("token"));
    EXPECT_EQ(ask("GET", "/v1/users/me", {}, {}, cookie).status, 200U);
    const Browser secure("https://accounts.example.com");
    EXPECT_EQ(secure.session_cookie("rst_x", std::chrono::seconds(5)),
              "__Host-roster=rst_x; Path=/; Max-Age=5; Secure; HttpOnly; SameSite=Lax");
}

TEST_F(BrowserRules, ByCookieOnlyOwnPagesChangeAnything) {
    const std::string cookie = log_in_by_cookie() + kJson;
    const std::string body = R"({"name":"N"})";
    for (const char* foreign :
         {"", "Origin: null\r\n", "Origin: http://localhost\r\n",
          "Origin: https://localhost:8080\r\n", "Origin: http://localhost:8080/\r\n",
          "Origin: HTTP://localhost:8080\r\n", "Origin: https://app.example.com\r\n",
          "Origin: http://localhost:8080\r\nOrigin: http://localhost:8080\r\n"})
        EXPECT_EQ(ask("PATCH", "/v1/users/me", {}, body, cookie + foreign).code(), "origin_refused")
            << foreign;
    EXPECT_EQ(ask("PATCH", "/v1/users/me", {}, body, cookie + kOwn).status, 200U);
    const std::string form =
        log_in_by_cookie() + kOwn + "Content-Type: application/x-www-form-urlencoded\r\n";
    EXPECT_EQ(ask("PATCH", "/v1/users/me", {}, body, form).status, 415U);
    // A token is sent by no browser by itself.
    EXPECT_EQ(ask("PATCH", "/v1/users/me", log_in("user@a.com"), body,
                  std::string("Origin: null\r\n") + kJson)
                  .status,
              200U);
}

TEST_F(BrowserRules, AnotherPageLogsNobodyIn) {
    EXPECT_EQ(log_in_with("Origin: https://evil.example.com\r\n").code(), "origin_refused");
    EXPECT_EQ(log_in_with(kOwn).status, 201U);
}

TEST_F(BrowserRules, ACookieThatHasEndedIsTakenAway) {
    const std::string cookie = log_in_by_cookie();
    const Answer out = ask("DELETE", "/v1/sessions/current", {}, {}, cookie + kOwn);
    EXPECT_EQ(out.status, 204U);
    EXPECT_NE(out.headers.find("Set-Cookie: roster=; Path=/; Max-Age=0"), std::string::npos);
    EXPECT_EQ(ask("GET", "/v1/users/me", {}, {}, cookie).code(), "session_revoked");
    // Logging in again must be possible.
    EXPECT_EQ(log_in_with(cookie + kOwn).status, 201U);
    EXPECT_EQ(
        ask("DELETE", "/v1/sessions/current", log_in("user@a.com")).headers.find("Set-Cookie"),
        std::string::npos);
}

TEST_F(BrowserRules, ATokenWinsOverACookie) {
    const std::string cookie = log_in_by_cookie();
    const Answer answer = ask("GET", "/v1/users/me", log_in("admin@a.com"), {}, cookie);
    EXPECT_EQ(answer.text("email"), "admin@a.com");
    EXPECT_EQ(ask("GET", "/v1/users/me", "rst_x", {}, cookie).status, 401U);
}

TEST_F(BrowserRules, PagesOfNamedOriginsReadAnswers) {
    const std::string known = "Origin: https://app.example.com\r\n";
    const Answer shared = ask("GET", "/v1/status", {}, {}, known);
    EXPECT_TRUE(shared.has_header("Access-Control-Allow-Origin: https://app.example.com"));
    EXPECT_TRUE(shared.has_header("Vary: Origin"));
    EXPECT_EQ(shared.headers.find("Credentials"), std::string::npos);
    EXPECT_TRUE(ask("GET", "/v1/users/me", {}, {}, known)
                    .has_header("Access-Control-Allow-Origin: https://app.example.com"));
    const Answer preflight =
        ask("OPTIONS", "/v1/users", {}, {}, known + "Access-Control-Request-Method: PATCH\r\n");
    EXPECT_EQ(preflight.status, 204U);
    EXPECT_NE(preflight.headers.find("Access-Control-Allow-Methods: GET, "), std::string::npos);
    for (const char* other : {"", "Origin: https://evil.example.com\r\n", "Origin: null\r\n"})
        EXPECT_EQ(ask("GET", "/v1/status", {}, {}, other).headers.find("Access-Control"),
                  std::string::npos);
}

}  // namespace
}  // namespace roster::server
