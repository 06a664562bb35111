#include "unit/server/pages/pages_fixture.hpp"

#include <string>

namespace roster::server {
namespace {

class AccountPages : public PagesTest {
  protected:
    AccountPages() { log_in_page(); }

    std::string id_of(SessionKind kind) {
        for (const Session& session : testing::await(store_.sessions_of(user_)).value())
            if (session.kind == kind) return std::to_string(session.id);
        return "0";
    }
};

TEST_F(AccountPages, AreForUsers) {
    cookie_.clear();
    for (const char* target : {"/account/password", "/account/sessions", "/account/tokens"}) {
        const Answer answer = post(target, {{"id", "others"}});
        EXPECT_EQ(answer.status, 303U) << target;
        EXPECT_EQ(location(answer), "/login?rd=https%3A%2F%2Fauth.home.example%2Faccount%2F");
    }
    EXPECT_EQ(location(page("/")), "/login");
    log_in_page();
    EXPECT_EQ(location(page("/")), "/account/");
    EXPECT_EQ(location(page("/account")), "/account/");
}

TEST_F(AccountPages, ChangeThePassword) {
    log_in("user@a.com");
    const Answer answer = post("/account/password", {{"current_password", "right password"},
                                                     {"new_password", "a better password"}});
    EXPECT_EQ(answer.status, 303U);
    EXPECT_EQ(location(answer), "/account/?done=password");
    EXPECT_TRUE(has(page(location(answer)), "Your password is changed."));
    EXPECT_EQ(sessions_of(user_, SessionKind::login), 1U);
    log_in("user@a.com", "a better password");
}

TEST_F(AccountPages, SayWhatIsWrongWithAPassword) {
    const auto error_of = [this](std::string_view current, std::string_view replacement) {
        const Answer answer = post("/account/password",
                                   {{"current_password", current}, {"new_password", replacement}});
        EXPECT_FALSE(has(answer, std::string("value=\"") + std::string(replacement)));
        return std::to_string(answer.status) + " " + error_in(answer);
    };
    EXPECT_EQ(error_of("right password", "short"),
              "422 The password must have at least 8 characters.");
    EXPECT_EQ(error_of("right password", "password123"),
              "422 This password is too common. Choose one that others do not use.");
    EXPECT_EQ(error_of("right password", "User@a.com"),
              "422 The password must not be your e-mail.");
    EXPECT_EQ(error_of("right password", std::string(1025, 'x')), "422 The password is too long.");
    EXPECT_EQ(error_of("wrong password", "a better password"),
              "401 The current password is wrong.");
    EXPECT_EQ(sessions_of(user_, SessionKind::login), 1U);
}

TEST_F(AccountPages, ListSessionsAsPeopleCallThem) {
    const std::string chrome =
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/120.0 Safari/537.36\r\n";
    post("/login", {{"login", "user@a.com"}, {"password", "right password"}}, chrome);
    const Answer in = post("/login", {{"login", "user@a.com"}, {"password", "right password"}},
                           "User-Agent: " + std::string(kScript) + "\r\n");
    keep_cookies(in);
    const Answer answer = page("/account/");
    EXPECT_TRUE(has(answer, "<strong>&quot;&apos;&gt;&lt;script&gt;"));
    EXPECT_TRUE(has(answer, "this session"));
    EXPECT_FALSE(has(answer, "<script"));
}

TEST_F(AccountPages, EndSessions) {
    const std::string mine = cookie_;
    cookie_.clear();
    log_in_page();
    EXPECT_EQ(sessions_of(user_, SessionKind::login), 2U);
    post("/account/tokens", {{"label", "backup"}, {"days", "30"}});
    const Answer others = post("/account/sessions", {{"id", "others"}});
    EXPECT_EQ(location(others), "/account/?done=sessions");
    EXPECT_EQ(sessions_of(user_, SessionKind::login), 1U);
    EXPECT_EQ(sessions_of(user_, SessionKind::token), 1U);
    EXPECT_EQ(page("/account/").status, 200U);
    const std::string id = id_of(SessionKind::token);
    EXPECT_EQ(location(post("/account/sessions", {{"id", id}, {"kind", "token"}})),
              "/account/?done=token");
    EXPECT_EQ(sessions_of(user_, SessionKind::token), 0U);
    const Answer own = post("/account/sessions", {{"id", id_of(SessionKind::login)}});
    EXPECT_EQ(location(own), "/logout");
    EXPECT_NE(own.headers.find("Max-Age=0"), std::string::npos);
    EXPECT_EQ(sessions_of(user_, SessionKind::login), 0U);
}

TEST_F(AccountPages, EndNobodyElsesSessions) {
    log_in("admin@a.com");
    for (const Session& session : testing::await(store_.sessions_of(admin_)).value())
        post("/account/sessions", {{"id", std::to_string(session.id)}});
    EXPECT_EQ(sessions_of(admin_, SessionKind::login), 1U);
}

TEST_F(AccountPages, ShowANewTokenOnce) {
    const std::string label = "backup \"{token}\" " + std::string(kScript);
    const Answer made = post("/account/tokens", {{"label", label}, {"days", "90"}});
    EXPECT_EQ(made.status, 201U);
    const std::size_t at = made.body.find("<code>rst_");
    ASSERT_NE(at, std::string::npos) << made.body;
    const std::string token = made.body.substr(at + 6, made.body.find('<', at + 6) - at - 6);
    EXPECT_EQ(made.body.find("rst_", at + 8), std::string::npos);
    EXPECT_EQ(get("/v1/users/me", token).status, 200U);
    EXPECT_FALSE(has(made, "<script"));
    const Answer list = page("/account/");
    EXPECT_FALSE(has(list, token));
    EXPECT_TRUE(has(list, "backup &quot;{token}&quot;"));
    EXPECT_TRUE(has(list, "ends 20"));
}

TEST_F(AccountPages, RefuseATokenWithoutAName) {
    for (const Fields& fields :
         {Fields{{"label", ""}, {"days", "30"}}, Fields{{"label", "a\nb"}, {"days", "30"}},
          Fields{{"label", "a"}, {"days", "31"}}, Fields{{"label", "a"}}}) {
        const Answer answer = post("/account/tokens", fields);
        EXPECT_EQ(answer.status, 422U);
        EXPECT_EQ(error_in(answer), "The name must be a text of 1 to 254 bytes.");
    }
    EXPECT_EQ(sessions_of(user_, SessionKind::token), 0U);
}

TEST_F(AccountPages, EscapeTheUser) {
    UpdateUser update(user_);
    update.email = "u" + std::string(kScript) + "@a.com";
    ASSERT_TRUE(store_.write(std::move(update)));
    for (const char* target : {"/account/", "/whoami", "/forbidden"}) {
        const Answer answer = page(target);
        EXPECT_TRUE(has(answer, "u&quot;&apos;&gt;&lt;script&gt;")) << target;
        EXPECT_FALSE(has(answer, "<script")) << target;
    }
}

}  // namespace
}  // namespace roster::server
