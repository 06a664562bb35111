#include "unit/server/pages/pages_fixture.hpp"

#include <string>

namespace roster::server {
namespace {

class PasswordPages : public PagesTest {
  protected:
    /// The path of a new link.
    std::string link(const std::string& purpose = "reset") {
        const Answer answer = ask("POST", path_of(user_) + "/password-link", log_in("admin@a.com"),
                                  R"({"purpose":")" + purpose + "\"}");
        return answer.text("url").substr(browser_.public_url().size());
    }

    void without_admin() {
        Pages pages = make_pages();
        pages.setup = &setup_;
        pages.set_up = [this] { ++set_up_; };
        api_.emplace(
            ApiContext{nobodys_, table_, browser_, repeated_, blocking_, blocking_, true, pages});
    }

    testing::FakeStore empty_;
    accounts::Accounts nobodys_{empty_, hasher_, accounts::AccountsOptions(), nullptr};
    accounts::SetupCode setup_{Secret("ABCD-EFGH-JKLM-NPQR")};
    int set_up_ = 0;
};

TEST_F(PasswordPages, SetAPasswordOnce) {
    const std::string path = link("invite");
    EXPECT_TRUE(path.starts_with("/invite/rst_"));
    const Answer form = page(path);
    EXPECT_EQ(form.status, 200U);
    EXPECT_TRUE(has(form, "Welcome"));
    EXPECT_TRUE(has(form, "value=\"user@a.com\" autocomplete=\"username\""));
    EXPECT_TRUE(has(form, "autocomplete=\"new-password\" minlength=\"8\""));
    EXPECT_FALSE(has(form, "rst_"));
    const Answer set = post(path, {{"new_password", "a better password"}});
    EXPECT_EQ(set.status, 303U);
    EXPECT_EQ(location(set), "/login?done=password_link");
    EXPECT_EQ(log_in_page("user@a.com", "a better password").status, 303U);
    const Answer again = page(path);
    EXPECT_EQ(again.status, 404U);
    EXPECT_TRUE(has(again, "This link is not valid any more"));
    EXPECT_EQ(post(path, {{"new_password", "another password"}}).status, 404U);
}

TEST_F(PasswordPages, KeepTheLinkForABetterPassword) {
    const std::string path = link();
    const Answer refused = post(path, {{"new_password", "short"}});
    EXPECT_EQ(refused.status, 422U);
    EXPECT_EQ(error_in(refused), "The password must have at least 8 characters.");
    EXPECT_TRUE(has(refused, "value=\"user@a.com\""));
    EXPECT_EQ(post(path, {{"new_password", "a better password"}}).status, 303U);
}

TEST_F(PasswordPages, RefuseOtherTokens) {
    const std::string session = log_in("user@a.com");
    for (const std::string& token : {session, std::string("rst_x"), std::string("x")}) {
        EXPECT_EQ(page("/reset/" + token).status, 404U);
        EXPECT_EQ(post("/reset/" + token, {{"new_password", "a better password"}}).status, 404U);
    }
    log_in("user@a.com");
}

TEST_F(PasswordPages, LeakNoTokenToOthers) {
    const Answer form = page(link());
    EXPECT_EQ(form.body.find("://"), std::string::npos);
}

TEST_F(PasswordPages, MakeTheFirstAdministrator) {
    without_admin();
    EXPECT_EQ(location(page("/login")), "/setup");
    const Answer form = page("/setup");
    EXPECT_EQ(form.status, 200U);
    EXPECT_TRUE(has(form, "autocomplete=\"one-time-code\""));
    const Answer wrong = post("/setup", {{"code", "ABCD-EFGH-JKLM-NPQS"},
                                         {"email", "new@a.com"},
                                         {"new_password", "a better password"}});
    EXPECT_EQ(wrong.status, 401U);
    EXPECT_EQ(error_in(wrong), "This is not the code.");
    EXPECT_TRUE(has(wrong, "value=\"new@a.com\""));
    EXPECT_FALSE(has(wrong, "a better password"));
    const Answer weak =
        post("/setup",
             {{"code", "ABCD-EFGH-JKLM-NPQR"}, {"email", "new@a.com"}, {"new_password", "short"}});
    EXPECT_EQ(weak.status, 422U);
    EXPECT_EQ(set_up_, 0);
    const Answer made = post("/setup", {{"code", "abcd efgh jklm npqr"},
                                        {"email", "new@a.com"},
                                        {"new_password", "a better password"}});
    EXPECT_EQ(made.status, 303U);
    EXPECT_EQ(location(made), "/login?done=setup");
    EXPECT_EQ(set_up_, 1);
    log_in_page("new@a.com", "a better password");
    EXPECT_TRUE(has(page("/account/"), "Administrator"));
}

TEST_F(PasswordPages, MakeNoSecondAdministrator) {
    Pages pages = make_pages();
    pages.setup = &setup_;
    serve(pages);
    EXPECT_EQ(page("/setup").status, 404U);
    EXPECT_EQ(post("/setup", {{"code", "ABCD-EFGH-JKLM-NPQR"},
                              {"email", "new@a.com"},
                              {"new_password", "a better password"}})
                  .status,
              404U);
    EXPECT_EQ(store_.status().admins, 1U);
    EXPECT_EQ(page("/login").status, 200U);
}

TEST_F(PasswordPages, MakeNoAdministratorWithoutACode) {
    serve(make_pages());
    EXPECT_EQ(page("/setup").status, 404U);
    EXPECT_EQ(post("/setup", {{"code", ""}}).status, 404U);
}

}  // namespace
}  // namespace roster::server
