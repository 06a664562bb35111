#include "unit/server/http/api_fixture.hpp"

#include "support/recorded_log.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace roster::server {
namespace {

using namespace std::chrono_literals;

class Authorize : public ApiTest {
  protected:
    static constexpr const char* kForwarded =
        "X-Forwarded-Method: GET\r\nX-Forwarded-Proto: https\r\n"
        "X-Forwarded-Host: app.home.example.com\r\nX-Forwarded-Uri: /a?b=c&d\r\n";
    static constexpr const char* kOriginal =
        "X-Original-URL: https://app.home.example.com/a?b=c&d\r\nX-Original-Method: GET\r\n";
    static constexpr const char* kPage = "Accept: text/html\r\n";

    Authorize() {
        browser_ = Browser("https://auth.home.example.com", {"https://cors.example.com"},
                           "home.example.com");
        set_clock();
    }

    // The rules with a clock that the test turns.
    void set_clock() {
        accounts::AccountsOptions options;
        options.clock.wall = [this] { return wall_; };
        options.clock.steady = [this] { return steady_; };
        timed_ = std::make_unique<accounts::Accounts>(store_, hasher_, std::move(options), nullptr);
        ApiContext context{*timed_, table_, browser_, repeated_, blocking_, blocking_};
        context.log = log_;
        api_.emplace(context);
    }

    void pass(std::chrono::seconds time) {
        wall_ += time;
        steady_ += time;
    }

    struct Cookies {
        std::string forward;
        std::string session;
    };

    // As lines of a header.
    Cookies log_in_by_cookie(const std::string& login = "user@a.com") {
        const Answer answer =
            ask("POST", "/v1/sessions", {},
                R"({"login":")" + login + R"(","password":"right password","cookie":true})");
        EXPECT_EQ(answer.status, 201U);
        const auto line = [&answer](const std::string& name) {
            const std::size_t begin = answer.headers.find("Set-Cookie: " + name + "=") + 12;
            return "Cookie: " +
                   answer.headers.substr(begin, answer.headers.find(';', begin) - begin) + "\r\n";
        };
        return {line("__Secure-roster-forward"), line("__Host-roster")};
    }

    Answer authorize(const std::string& headers, const std::string& query = {},
                     const std::string& token = {}) {
        return ask("GET", "/v1/authorize" + query, token, {}, kForwarded + headers);
    }

    void set_groups(std::vector<std::string> groups) {
        UpdateUser update(user_);
        update.profile.groups = std::move(groups);
        store_.write(std::move(update)).value();
    }

    static std::string location_of(const Answer& answer) {
        const std::size_t begin = answer.headers.find("Location: ");
        if (begin == std::string::npos) return {};
        return answer.headers.substr(begin + 10, answer.headers.find("\r\n", begin) - begin - 10);
    }

    std::chrono::sys_seconds wall_ = std::chrono::sys_days(std::chrono::year(2030) / 1 / 1);
    std::chrono::steady_clock::time_point steady_{std::chrono::hours(10'000)};
    std::shared_ptr<test::RecordedLog> log_ = std::make_shared<test::RecordedLog>();
    std::unique_ptr<accounts::Accounts> timed_;
};

TEST_F(Authorize, SaysWhoIsLoggedIn) {
    const Cookies cookies = log_in_by_cookie();
    for (const std::string& cookie : {cookies.forward, cookies.session}) {
        const Answer answer = authorize(cookie);
        EXPECT_EQ(answer.status, 200U);
        EXPECT_EQ(answer.body, "");
        EXPECT_EQ(answer.headers,
                  "Remote-User: user@a.com\r\nRemote-Name: user@a.com\r\n"
                  "Remote-Email: user@a.com\r\nRemote-Groups: user\r\nRoster-User-Id: " +
                      std::to_string(user_) + "\r\nRoster-Role: user\r\n");
    }
}

TEST_F(Authorize, TakesATokenAsAPasswordOfTheApplication) {
    const std::string token = log_in("user@a.com");
    EXPECT_EQ(authorize({}, {}, token).status, 200U);
    const Answer made = ask("POST", "/v1/tokens", token, R"({"label":"app"})");
    EXPECT_EQ(authorize({}, {}, made.text("token")).status, 200U);
    for (const char* other : {"Bearer eyJhbGciOi.J9.x", "Basic YWRhOmFiYw==", "Digest a=b", "x"})
        EXPECT_EQ(authorize("Authorization: " + std::string(other) + "\r\n").status, 401U) << other;
}

TEST_F(Authorize, TheFirstValidCredentialWins) {
    const Cookies user = log_in_by_cookie();
    const Cookies admin = log_in_by_cookie("admin@a.com");
    const std::string token = log_in("admin@a.com");
    const auto user_of = [](const Answer& answer) {
        EXPECT_EQ(answer.status, 200U);
        return answer.headers.substr(0, answer.headers.find("\r\n"));
    };
    EXPECT_EQ(user_of(authorize(user.forward, {}, token)), "Remote-User: user@a.com");
    EXPECT_EQ(user_of(authorize(user.session, {}, token)), "Remote-User: user@a.com");
    EXPECT_EQ(user_of(authorize(admin.session + user.forward)), "Remote-User: user@a.com");
    EXPECT_EQ(user_of(authorize(user.forward, {}, "rst_x")), "Remote-User: user@a.com");
    // The application's own Authorization hides no cookie, an ended cookie no token.
    EXPECT_EQ(user_of(authorize(user.forward + "Authorization: Basic YWRhOmFiYw==\r\n")),
              "Remote-User: user@a.com");
    const std::string dead = "Cookie: __Secure-roster-forward=rst_" + std::string(43, 'A') + "\r\n";
    EXPECT_EQ(user_of(authorize(dead, {}, token)), "Remote-User: admin@a.com");
    EXPECT_EQ(user_of(authorize(dead + user.session)), "Remote-User: user@a.com");
    EXPECT_EQ(user_of(authorize(dead + user.forward)), "Remote-User: user@a.com");
    std::string many;
    for (int i = 0; i < 4; ++i)
        many += dead;
    EXPECT_EQ(authorize(many + user.forward).status, 401U);
}

TEST_F(Authorize, ACookieHasTheSessionItIsFor) {
    const Cookies cookies = log_in_by_cookie();
    const auto value = [](const std::string& line) { return line.substr(line.find('=') + 1); };
    EXPECT_EQ(authorize("Cookie: __Host-roster=" + value(cookies.forward)).status, 401U);
    EXPECT_EQ(authorize("Cookie: __Secure-roster-forward=" + value(cookies.session)).status, 401U);
    EXPECT_EQ(authorize("Cookie: roster-forward=" + value(cookies.forward)).status, 401U);
    EXPECT_EQ(authorize("Cookie: roster=" + value(cookies.session)).status, 401U);
    EXPECT_EQ(authorize("Authorization: Bearer " + value(cookies.forward)).status, 401U);
}

TEST_F(Authorize, EndsWithTheLogInAndWithTheAccount) {
    const Cookies cookies = log_in_by_cookie();
    const std::string own = "Origin: https://auth.home.example.com\r\n";
    ask("DELETE", "/v1/sessions/current", {}, {}, cookies.session + own);
    EXPECT_EQ(authorize(cookies.forward).code(), "session_revoked");
    const Cookies again = log_in_by_cookie();
    EXPECT_EQ(authorize(again.forward).status, 200U);
    EXPECT_EQ(ask("PATCH", path_of(user_), log_in("admin@a.com"), R"({"disabled":true})").status,
              200U);
    EXPECT_EQ(authorize(again.forward).status, 401U);
}

TEST_F(Authorize, UseOfTheApplicationsKeepsTheLogInAlive) {
    const Cookies cookies = log_in_by_cookie();
    for (int i = 0; i < 4; ++i) {
        pass(std::chrono::days(5));
        EXPECT_EQ(authorize(cookies.forward).status, 200U) << i;
    }
    pass(std::chrono::days(8));
    EXPECT_EQ(authorize(cookies.forward).status, 401U);
}

TEST_F(Authorize, SendsTheNavigationOfABrowserToTheLogInPage) {
    const Answer page = authorize(kPage);
    EXPECT_EQ(page.status, 302U);
    EXPECT_EQ(page.body, "");
    EXPECT_EQ(location_of(page),
              "https://auth.home.example.com/login?rd="
              "https://app.home.example.com/a?b%3Dc%26d");
    EXPECT_EQ(ask("HEAD", "/v1/authorize", {}, {}, std::string(kForwarded) + kPage).status, 302U);
    for (const std::string& other :
         {std::string(), std::string("Accept: text/event-stream\r\n"),
          kPage + std::string("X-Requested-With: XMLHttpRequest\r\n"),
          kPage + std::string("Upgrade: websocket\r\nConnection: Upgrade\r\n")}) {
        const Answer answer = authorize(other);
        EXPECT_EQ(answer.status, 401U);
        EXPECT_EQ(answer.code(), "unauthenticated");
        EXPECT_TRUE(answer.has_header("WWW-Authenticate: Bearer"));
        EXPECT_EQ(location_of(answer), "");
    }
    EXPECT_EQ(authorize(kPage, "?redirect=never").status, 401U);
    EXPECT_EQ(location_of(authorize(kPage, "?redirect=never")), "");
}

TEST_F(Authorize, NginxGetsTheLocationWith401) {
    const std::string target = "/v1/authorize/nginx";
    const Answer page = ask("GET", target, {}, {}, std::string(kOriginal) + kPage);
    EXPECT_EQ(page.status, 401U);
    EXPECT_EQ(location_of(page),
              "https://auth.home.example.com/login?rd=https://app.home.example.com/a?b%3Dc%26d");
    EXPECT_EQ(location_of(ask("GET", target, {}, {}, kOriginal)), "");
    EXPECT_EQ(ask("GET", target, {}, {}, kOriginal + log_in_by_cookie().forward).status, 200U);
}

TEST_F(Authorize, EnvoyAsksWithTheOriginalMethodAndPath) {
    const std::string proto = "X-Forwarded-Proto: https\r\n";
    const std::string cookie = log_in_by_cookie().forward;
    for (const char* method :
         {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "HEAD"})
        EXPECT_EQ(
            ask(method, "/v1/authorize/envoy/a/b?role=admin&x", {}, {}, proto + cookie).status,
            200U)
            << method;
    const Answer page = ask("GET", "/v1/authorize/envoy/a?b=c", {}, {}, proto + kPage);
    EXPECT_EQ(location_of(page),
              "https://auth.home.example.com/login?rd=https://localhost/a?b%3Dc");
    EXPECT_EQ(ask("POST", "/v1/authorize/envoy/a", {}, {}, proto + kPage).status, 401U);
    const std::string needs = "Roster-Require: group=media\r\n";
    EXPECT_EQ(ask("GET", "/v1/authorize/envoy/", {}, {}, proto + cookie + needs).status, 403U);
    for (const char* wrong : {"Roster-Require: groups=media\r\n", "Roster-Require: role=x\r\n",
                              "Roster-Require: %zz\r\n",
                              "Roster-Require: role=admin\r\nRoster-Require: redirect=auto\r\n"})
        EXPECT_EQ(ask("GET", "/v1/authorize/envoy/", {}, {}, proto + cookie + wrong).status, 400U)
            << wrong;
    EXPECT_EQ(ask("GET", "/v1/authorize/envoy", {}, {}, proto + cookie).status, 404U);
}

TEST_F(Authorize, AUrlThatIsTooLongLeadsToItsHost) {
    const std::string headers =
        "X-Original-Method: GET\r\nX-Original-URL: https://app.home.example.com/" +
        std::string(2048, 'a') + "\r\n";
    EXPECT_EQ(location_of(ask("GET", "/v1/authorize/nginx", {}, {}, headers + kPage)),
              "https://auth.home.example.com/login?rd=https://app.home.example.com/");
}

TEST_F(Authorize, WhatIsDemandedIsNeverARedirect) {
    const std::string cookie = log_in_by_cookie().forward;
    set_groups({"media"});
    EXPECT_EQ(authorize(cookie, "?group=media,photos").status, 200U);
    const Answer closed = authorize(cookie, "?group=photos");
    EXPECT_EQ(closed.code(), "forbidden");
    const Answer page = authorize(cookie + kPage, "?group=photos");
    EXPECT_NE(page.body.find("url=https://auth.home.example.com/forbidden?rd="
                             "https://app.home.example.com/a?b%3Dc%26d\">"),
              std::string::npos)
        << page.body;
    for (const Answer& answer : {closed, page}) {
        EXPECT_EQ(answer.status, 403U);
        EXPECT_EQ(location_of(answer), "");
        EXPECT_EQ(answer.headers.find("Remote-"), std::string::npos);
    }
    EXPECT_EQ(authorize(cookie + kPage, "?group=photos&redirect=never").code(), "forbidden");
    EXPECT_EQ(authorize(cookie + kPage, "?role=admin").status, 403U);
    EXPECT_EQ(authorize(log_in_by_cookie("admin@a.com").forward, "?role=admin").status, 200U);
    // A group is taken away at once.
    set_groups({});
    EXPECT_EQ(authorize(cookie, "?group=media").status, 403U);
}

TEST_F(Authorize, AnOldLogInHasToBeRepeated) {
    const Cookies cookies = log_in_by_cookie();
    pass(12h);
    EXPECT_EQ(authorize(cookies.forward, "?max_age=12h").status, 200U);
    pass(1s);
    for (const std::string& cookie : {cookies.forward, cookies.session}) {
        EXPECT_EQ(authorize(cookie, "?max_age=12h").code(), "session_expired");
        EXPECT_TRUE(location_of(authorize(cookie + kPage, "?max_age=12h"))
                        .starts_with("https://auth.home.example.com/login?again=1&rd="));
    }
    EXPECT_EQ(authorize(cookies.forward).status, 200U);
}

TEST_F(Authorize, AWrongConfigurationClosesAndIsLoggedOnce) {
    const std::string cookie = log_in_by_cookie().forward;
    for (int i = 0; i < 3; ++i) {
        const Answer answer = authorize(cookie, "?groups=media");
        EXPECT_EQ(answer.status, 400U);
        EXPECT_NE(answer.text("detail").find("correct"), std::string::npos);
    }
    EXPECT_EQ(ask("GET", "/v1/authorize/nginx", {}, {}, kForwarded + cookie).status, 400U);
    EXPECT_EQ(ask("GET", "/v1/authorize", {}, {}, kOriginal + cookie).status, 400U);
    const std::string log = log_->text();
    const std::size_t first = log.find("forward authentication: 127.0.0.1 asked /v1/authorize,");
    ASSERT_NE(first, std::string::npos) << log;
    EXPECT_EQ(log.find("group, role", log.find("group, role") + 1), std::string::npos) << log;
    EXPECT_NE(log.find("asked /v1/authorize/nginx"), std::string::npos) << log;
    EXPECT_EQ(get("/v1/authorize/envoy/reset/rst_secret").status, 400U);
    EXPECT_NE(log_->text().find("asked /v1/authorize/envoy/reset/rst_***,"), std::string::npos);
    EXPECT_EQ(log_->text().find("rst_secret"), std::string::npos);
}

TEST_F(Authorize, OtherHeadersChangeNothing) {
    const std::string cookie = log_in_by_cookie().forward;
    const std::string others =
        "If-None-Match: *\r\nIf-Match: \"x\"\r\nIf-Modified-Since: x\r\nRange: bytes=0-1\r\n"
        "Accept: image/png;q=0\r\nContent-Type: text/plain\r\nExpect: 100-continue\r\n"
        "Origin: https://cors.example.com\r\nAccess-Control-Request-Method: GET\r\n"
        "Remote-User: root\r\nX-Original-URL: https://evil.com/\r\nX_Forwarded_Host: evil.com\r\n"
        "Forwarded: host=evil.com\r\nSec-Fetch-Mode: navigate\r\nUpgrade: websocket\r\n"
        "Request-Id: x\r\nIdempotency-Key: x\r\n";
    const Answer answer = authorize(cookie + others);
    EXPECT_EQ(answer.status, 200U);
    EXPECT_EQ(answer.headers, authorize(cookie).headers);
    EXPECT_EQ(
        ask("OPTIONS", "/v1/authorize/envoy/", {}, {}, "X-Forwarded-Proto: https\r\n" + others)
            .status,
        401U);
}

TEST_F(Authorize, NothingElseIsOneOf2xx) {
    const std::string preflight =
        "Origin: https://cors.example.com\r\nAccess-Control-Request-Method: GET\r\n";
    for (const char* target : {"/v1/authorize", "/v1/authorize/nginx"})
        for (const char* method : {"OPTIONS", "POST", "PUT", "DELETE", "PATCH"})
            EXPECT_EQ(ask(method, target, {}, {}, kForwarded + preflight).status, 405U)
                << method << target;
    EXPECT_TRUE(ask("OPTIONS", "/v1/authorize").has_header("Allow: GET, HEAD"));
    // Nor is who may open the admin socket a user.
    peer_ = std::nullopt;
    EXPECT_EQ(authorize({}).status, 401U);
}

TEST_F(Authorize, AStoreThatCannotBeReadLogsNobodyOut) {
    const std::string cookie = log_in_by_cookie().forward;
    store_.fail_reads = Errc::store_unavailable;
    const Answer answer = authorize(cookie + kPage);
    EXPECT_EQ(answer.status, 503U);
    EXPECT_EQ(location_of(answer), "");
}

TEST_F(Authorize, WritesNothing) {
    const std::string cookie = log_in_by_cookie().forward;
    const std::size_t users = store_.writes();
    const std::size_t sessions = store_.session_writes();
    for (int i = 0; i < 20; ++i)
        authorize(cookie);
    authorize({});
    EXPECT_EQ(store_.writes(), users);
    EXPECT_EQ(store_.session_writes(), sessions);
}

}  // namespace
}  // namespace roster::server
