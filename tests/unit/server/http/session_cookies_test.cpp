#include "server/http/session_cookies.hpp"

#include "unit/server/http/api_fixture.hpp"

#include <string>
#include <vector>

namespace roster::server {
namespace {

class SessionCookies : public ApiTest {
  protected:
    void set_domain(const std::string& public_url, const std::string& domain) {
        browser_ = Browser(public_url, {}, domain);
        own_ = "Origin: " + public_url + "\r\nContent-Type: application/json\r\n";
    }

    Answer log_in_by_cookie() {
        return ask("POST", "/v1/sessions", {},
                   R"({"login":"user@a.com","password":"right password","cookie":true})", own_);
    }

    static std::vector<std::string> cookies_of(const Answer& answer) {
        constexpr std::string_view kName = "Set-Cookie: ";
        std::vector<std::string> cookies;
        for (std::size_t i = answer.headers.find(kName); i != std::string::npos;
             i = answer.headers.find(kName, i + 1)) {
            const std::size_t begin = i + kName.size();
            cookies.push_back(
                answer.headers.substr(begin, answer.headers.find("\r\n", begin) - begin));
        }
        return cookies;
    }

    static std::string pair_of(const std::string& cookie) {
        return cookie.substr(0, cookie.find(';'));
    }
    static std::string token_of(const std::string& cookie) {
        return pair_of(cookie).substr(cookie.find('=') + 1);
    }

    std::string own_;
};

TEST_F(SessionCookies, ALogInSetsOneForTheDomainToo) {
    set_domain("https://auth.home.example.com", "home.example.com");
    const auto cookies = cookies_of(log_in_by_cookie());
    ASSERT_EQ(cookies.size(), 2U);
    EXPECT_TRUE(cookies[0].starts_with("__Secure-roster-forward=rst_")) << cookies[0];
    EXPECT_TRUE(
        cookies[0].ends_with("; Path=/; Domain=home.example.com; Max-Age=2592000; Secure; "
                             "HttpOnly; SameSite=Lax"))
        << cookies[0];
    EXPECT_TRUE(cookies[1].starts_with("__Host-roster=rst_")) << cookies[1];
    EXPECT_EQ(cookies[1].find("Domain"), std::string::npos) << cookies[1];
    EXPECT_NE(token_of(cookies[0]), token_of(cookies[1]));
}

TEST_F(SessionCookies, UnderPlainHttpTheyHaveOtherNames) {
    set_domain("http://auth.lab.lan:8080", "lab.lan");
    const auto cookies = cookies_of(log_in_by_cookie());
    ASSERT_EQ(cookies.size(), 2U);
    EXPECT_TRUE(cookies[0].starts_with("roster-forward=rst_")) << cookies[0];
    EXPECT_NE(cookies[0].find("; Domain=lab.lan; "), std::string::npos) << cookies[0];
    EXPECT_EQ(cookies[0].find("Secure"), std::string::npos) << cookies[0];
}

TEST_F(SessionCookies, WithoutADomainThereIsOne) {
    own_ = "Origin: http://localhost:8080\r\nContent-Type: application/json\r\n";
    EXPECT_EQ(cookies_of(log_in_by_cookie()).size(), 1U);
}

TEST_F(SessionCookies, ALogInByTokenSetsNone) {
    set_domain("https://auth.home.example.com", "home.example.com");
    EXPECT_TRUE(cookies_of(ask("POST", "/v1/sessions", {},
                               R"({"login":"user@a.com","password":"right password"})"))
                    .empty());
    EXPECT_EQ(get("/v1/sessions", log_in("user@a.com")).json.at("items").as_array().size(), 2U);
}

TEST_F(SessionCookies, TheOneOfTheDomainIsWorthlessAtTheApi) {
    set_domain("https://auth.home.example.com", "home.example.com");
    const auto cookies = cookies_of(log_in_by_cookie());
    ASSERT_EQ(cookies.size(), 2U);
    const std::string token = token_of(cookies[0]);
    EXPECT_EQ(get("/v1/users/me", token).status, 401U);
    for (const std::string name : {"__Secure-roster-forward=", "__Host-roster="})
        EXPECT_EQ(ask("GET", "/v1/users/me", {}, {}, "Cookie: " + name + token + "\r\n").status,
                  401U)
            << name;
}

TEST_F(SessionCookies, BothAreForgottenWithTheSession) {
    set_domain("https://auth.home.example.com", "home.example.com");
    for (const char* target : {"/v1/sessions/current", "/v1/sessions?scope=all"}) {
        const auto cookies = cookies_of(log_in_by_cookie());
        ASSERT_EQ(cookies.size(), 2U);
        const Answer out =
            ask("DELETE", target, {}, {}, "Cookie: " + pair_of(cookies[1]) + "\r\n" + own_);
        const auto forgotten = cookies_of(out);
        ASSERT_EQ(forgotten.size(), 2U) << target;
        EXPECT_TRUE(forgotten[0].starts_with("__Host-roster=; Path=/; Max-Age=0;"));
        EXPECT_TRUE(forgotten[1].starts_with(
            "__Secure-roster-forward=; Path=/; Domain=home.example.com; Max-Age=0;"))
            << forgotten[1];
    }
}

TEST_F(SessionCookies, AStoreThatCannotBeWrittenSetsNone) {
    set_domain("https://auth.home.example.com", "home.example.com");
    store_.fail_writes = Errc::store_unavailable;
    const Answer answer = log_in_by_cookie();
    EXPECT_EQ(answer.status, 503U);
    EXPECT_TRUE(cookies_of(answer).empty());
}

}  // namespace
}  // namespace roster::server
