// Logging in and out by the pages.

#include "unit/server/pages/pages_fixture.hpp"

#include <string>

namespace roster::server {
namespace {

class SessionPages : public PagesTest {
  protected:
    static std::string with_rd(const std::string& page, std::string_view url) {
        return page + "?rd=" + protocol::http::escaped(url);
    }
};

TEST_F(SessionPages, SayWhereALogInLeads) {
    const Answer answer = page(with_rd("/login", "https://wiki.home.example/a"));
    EXPECT_EQ(answer.status, 200U);
    EXPECT_EQ(answer.type, "text/html; charset=utf-8");
    EXPECT_TRUE(has(answer, "to continue to wiki.home.example<"));
    EXPECT_TRUE(has(answer, "name=\"rd\" value=\"https://wiki.home.example/a\""));
    EXPECT_TRUE(has(answer, "autocomplete=\"username\""));
    EXPECT_TRUE(has(answer, "autocomplete=\"current-password\""));
}

TEST_F(SessionPages, SayWhyAReturnUrlIsRefused) {
    for (const auto& [url, reason] :
         {std::pair<std::string, const char*>{"https://evil.example/", "is not one of this"},
          {"javascript:alert(1)", "malformed"},
          {"//evil.example", "malformed"},
          {"http://wiki.home.example/", "does not begin with https"},
          {"https://a@wiki.home.example/", "has a user name"},
          {"https://wiki.home.example/" + std::string(2048, 'a'), "too long"}}) {
        const Answer answer = page(with_rd("/login", url));
        EXPECT_EQ(answer.status, 200U) << url;
        EXPECT_TRUE(has(answer, reason)) << url << answer.body;
        EXPECT_FALSE(has(answer, "to continue to")) << url;
        EXPECT_FALSE(has(answer, "href=\"" + url)) << url;
    }
}

TEST_F(SessionPages, LeadBackByAPageOfTheirOwn) {
    const Answer answer =
        log_in_page("user@a.com", "right password", "https://wiki.home.example/a?b");
    EXPECT_EQ(answer.status, 303U);
    EXPECT_EQ(location(answer), with_rd("/login/done", "https://wiki.home.example/a?b"));
    EXPECT_TRUE(answer.body.empty());
    const Answer done = page(location(answer));
    EXPECT_EQ(done.status, 200U);
    EXPECT_TRUE(
        has(done, "http-equiv=\"refresh\" content=\"0; url=https://wiki.home.example/a?b\""));
    EXPECT_TRUE(has(done, "<a class=\"button\" href=\"https://wiki.home.example/a?b\">"));
}

TEST_F(SessionPages, SetTheCookiesOfALogIn) {
    const Answer answer = log_in_page();
    EXPECT_EQ(location(answer), "/account/");
    EXPECT_NE(answer.headers.find("Set-Cookie: __Host-roster=rst_"), std::string::npos);
    EXPECT_NE(answer.headers.find("Set-Cookie: __Secure-roster-forward=rst_"), std::string::npos);
    EXPECT_EQ(sessions_of(user_, SessionKind::login), 1U);
    EXPECT_EQ(sessions_of(user_, SessionKind::forward), 1U);
    EXPECT_EQ(page("/account/").status, 200U);
}

TEST_F(SessionPages, LeadNowhereElse) {
    for (const char* url :
         {"https://evil.example/", "//evil.example", "https:evil.example",
          "https://wiki.home.example.evil.example/", "https://wiki.home.example@evil.example/",
          "/\\evil.example", "javascript:alert(1)", "data:text/html,x"}) {
        cookie_.clear();
        const Answer in = log_in_page("user@a.com", "right password", url);
        EXPECT_EQ(in.status, 303U) << url;
        EXPECT_TRUE(location(in).starts_with("/login?rd=")) << url << location(in);
        const Answer again = page(location(in));
        EXPECT_EQ(again.status, 200U) << url;
        EXPECT_TRUE(has(again, "You will not be sent back")) << url;
        for (const char* way : {"/login", "/login/done", "/logout", "/forbidden"}) {
            const Answer answer = page(with_rd(way, url));
            EXPECT_FALSE(has(answer, "refresh")) << way << url;
            EXPECT_FALSE(has(answer, "href=\"" + std::string(url))) << way << url;
            EXPECT_TRUE(location(answer).empty() || location(answer).starts_with("/")) << way;
            EXPECT_FALSE(location(answer).starts_with("//")) << way;
        }
        EXPECT_TRUE(location(post("/logout", {{"rd", url}})).starts_with("/logout?rd=")) << url;
    }
}

TEST_F(SessionPages, SendOnOneWhoIsLoggedIn) {
    log_in_page();
    const Answer answer = page(with_rd("/login", "https://wiki.home.example/a"));
    EXPECT_EQ(answer.status, 303U);
    EXPECT_EQ(location(answer), "https://wiki.home.example/a");
    EXPECT_EQ(answer.headers.find("Set-Cookie"), std::string::npos);
    EXPECT_EQ(location(page("/login")), "/account/");
}

TEST_F(SessionPages, AskOneWhoIsLoggedInAgainIfAnApplicationDemandsIt) {
    log_in_page();
    const Answer answer = page("/login?again=1&rd=https://wiki.home.example/a");
    EXPECT_EQ(answer.status, 200U);
    EXPECT_TRUE(has(answer, "name=\"password\""));
    EXPECT_TRUE(has(answer, "value=\"https://wiki.home.example/a\""));
}

TEST_F(SessionPages, GiveTheApplicationsTheirCookieAgain) {
    const Answer in = log_in_page();
    const std::size_t at = in.headers.find("__Host-roster=");
    cookie_ = "Cookie: " + in.headers.substr(at, in.headers.find(';', at) - at) + "\r\n";
    const Answer answer = page(with_rd("/login", "https://wiki.home.example/a"));
    EXPECT_EQ(location(answer), "https://wiki.home.example/a");
    EXPECT_NE(answer.headers.find("__Secure-roster-forward=rst_"), std::string::npos);
}

TEST_F(SessionPages, KeepTheLoginAndTheReturnUrlButNotThePassword) {
    const std::string login = "user@a.com" + std::string(kScript);
    const Answer answer = post("/login", {{"login", login},
                                          {"password", "wrong password"},
                                          {"rd", "https://wiki.home.example/?a=%22&b='<"}});
    EXPECT_EQ(answer.status, 401U);
    EXPECT_EQ(error_in(answer), "The user or the password is wrong.");
    EXPECT_TRUE(has(answer, "value=\"user@a.com&quot;&apos;&gt;&lt;script&gt;alert(1)"));
    EXPECT_FALSE(has(answer, "<script"));
    EXPECT_FALSE(has(answer, "wrong password"));
    EXPECT_TRUE(has(answer, "<title>Error: Log in"));
    EXPECT_TRUE(has(answer, "aria-invalid=\"true\" aria-describedby=\"error\""));
    EXPECT_EQ(answer.headers.find("Set-Cookie"), std::string::npos);
}

TEST_F(SessionPages, SayHowLongToWait) {
    Answer answer;
    for (int i = 0; i < 7 && answer.status != 429; ++i)
        answer = post("/login", {{"login", "user@a.com"}, {"password", "wrong password"}});
    ASSERT_EQ(answer.status, 429U);
    const std::size_t at = answer.headers.find("Retry-After: ") + 13;
    const std::string seconds = answer.headers.substr(at, answer.headers.find("\r\n", at) - at);
    EXPECT_EQ(error_in(answer), "Too many attempts. Try again in " + seconds + " s.");
}

TEST_F(SessionPages, SayThatTheServerHasTooMuchToDo) {
    store_.fail_writes = Errc::overloaded;
    const Answer answer = post("/login", {{"login", "user@a.com"}, {"password", "right password"}});
    EXPECT_EQ(answer.status, 503U);
    EXPECT_EQ(error_in(answer), "The server has too much to do. Try again in a moment.");
    EXPECT_TRUE(answer.has_header("Retry-After: 2"));
}

TEST_F(SessionPages, ReplaceALogIn) {
    log_in_page();
    log_in_page("admin@a.com");
    EXPECT_EQ(sessions_of(user_, SessionKind::login), 0U);
    EXPECT_EQ(sessions_of(admin_, SessionKind::login), 1U);
}

TEST_F(SessionPages, ShowWhomToAsk) {
    Pages pages = make_pages();
    pages.login_help = "Ask <kim@a.com>";
    serve(pages);
    EXPECT_TRUE(has(page("/login"), "Ask &lt;kim@a.com&gt;"));
    EXPECT_TRUE(has(page("/login?done=password_link"), "Your password is set."));
    EXPECT_FALSE(has(page("/login?done=title"), "role=\"status\""));
}

TEST_F(SessionPages, LogOutAfterAsking) {
    log_in_page();
    const std::string rd = "https://wiki.home.example/a";
    const Answer asked = page(with_rd("/logout", rd));
    EXPECT_EQ(asked.status, 200U);
    EXPECT_TRUE(has(asked, "Log out?"));
    EXPECT_EQ(sessions_of(user_, SessionKind::login), 1U);
    const Answer out = post("/logout", {{"rd", rd}});
    EXPECT_EQ(out.status, 303U);
    EXPECT_EQ(location(out), with_rd("/logout", rd));
    EXPECT_NE(out.headers.find("Set-Cookie: __Host-roster=; Path=/; Max-Age=0"), std::string::npos);
    EXPECT_NE(out.headers.find("Set-Cookie: __Secure-roster-forward=;"), std::string::npos);
    EXPECT_EQ(sessions_of(user_, SessionKind::login), 0U);
    EXPECT_EQ(sessions_of(user_, SessionKind::forward), 0U);
    const Answer gone = page(location(out));
    EXPECT_TRUE(has(gone, "You are logged out"));
    EXPECT_TRUE(has(gone, "href=\"https://wiki.home.example/a\""));
    EXPECT_EQ(post("/logout", {}).status, 303U);
}

TEST_F(SessionPages, SayWhoIsKeptOut) {
    EXPECT_EQ(location(page(with_rd("/forbidden", "https://wiki.home.example/a"))),
              with_rd("/login", "https://wiki.home.example/a"));
    log_in_page();
    const Answer answer = page(with_rd("/forbidden", "https://wiki.home.example/a?secret"));
    EXPECT_EQ(answer.status, 403U);
    EXPECT_TRUE(has(answer, "may not open wiki.home.example/a."));
    EXPECT_TRUE(has(answer, "logged in as user@a.com"));
    const Answer other =
        post("/logout", {{"rd", "https://wiki.home.example/a"}, {"then", "login"}});
    EXPECT_EQ(location(other), with_rd("/login", "https://wiki.home.example/a"));
}

TEST_F(SessionPages, OfOtherOriginsChangeNothing) {
    log_in_page();
    for (const char* origin : {"https://wiki.home.example", "null", "https://auth.home.example:443",
                               "http://auth.home.example", "https://evil.example"})
        for (const char* target : {"/login", "/logout", "/account/password", "/account/sessions",
                                   "/account/tokens", "/invite/rst_x", "/reset/rst_x", "/setup"}) {
            const Answer answer = post_from(origin, target, {{"id", "others"}});
            EXPECT_EQ(answer.status, 403U) << origin << target;
            EXPECT_EQ(error_in(answer),
                      "This was not sent from https://auth.home.example. Open the page at that "
                      "address, and try again.");
        }
    EXPECT_EQ(sessions_of(user_, SessionKind::login), 1U);
    // Without any, too.
    EXPECT_EQ(ask("POST", "/logout", {},
                  "rd=", cookie_ + "Content-Type: application/x-www-form-urlencoded\r\n")
                  .status,
              403U);
}

TEST_F(SessionPages, TakeFormsAlone) {
    const std::string own = "Origin: https://auth.home.example\r\n";
    for (const char* type : {"application/json", "text/plain", "multipart/form-data"}) {
        const Answer answer =
            ask("POST", "/login", {}, "{}", own + "Content-Type: " + type + "\r\n");
        EXPECT_EQ(answer.status, 415U) << type;
        EXPECT_FALSE(error_in(answer).empty()) << type;
    }
    for (const char* form : {"login=a&login=b", "login=%zz", "login"}) {
        const Answer answer = ask("POST", "/login", {}, form,
                                  own + "Content-Type: application/x-www-form-urlencoded\r\n");
        EXPECT_EQ(answer.status, 400U) << form;
    }
}

TEST_F(SessionPages, AreForACookieAlone) {
    const std::string token = log_in("user@a.com");
    EXPECT_EQ(location(ask("GET", "/account/", token)).substr(0, 10), "/login?rd=");
    cookie_ = "Cookie: __Host-roster=rst_nonsense\r\n";
    EXPECT_EQ(page("/login").status, 200U);
    peer_.reset();
    EXPECT_EQ(page("/login").status, 404U);
}

}  // namespace
}  // namespace roster::server
