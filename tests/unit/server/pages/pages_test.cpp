// What holds for every page.

#include "unit/server/pages/pages_fixture.hpp"

#include "server/http/compiled_files.hpp"
#include "server/pages/page.hpp"

#include <string>

namespace roster::server {
namespace {

class EveryPage : public PagesTest {};

TEST_F(EveryPage, HasAStrictPolicy) {
    log_in_page();
    for (const char* target : {"/login", "/logout", "/forbidden", "/whoami", "/account/", "/setup",
                               "/invite/rst_x", "/account/tokens", "/nothing"}) {
        page(target, "Accept: text/html\r\n");
        for (const char* line :
             {"Cache-Control: no-store\r\n", "X-Content-Type-Options: nosniff\r\n",
              "Referrer-Policy: same-origin\r\n", "default-src 'none'", "style-src 'self'",
              "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"})
            EXPECT_NE(policy_.find(line), std::string::npos) << target << line;
        EXPECT_EQ(policy_.find("unsafe"), std::string::npos) << target;
    }
}

TEST_F(EveryPage, IsInTheLanguageOfTheBrowser) {
    const Answer german = page("/login", "Accept-Language: de-CH\r\n");
    EXPECT_TRUE(has(german, "<html lang=\"de\">"));
    EXPECT_TRUE(has(german, "Passwort"));
    const Answer korean = page("/login", "Accept-Language: ko\r\n");
    EXPECT_TRUE(has(korean, "<html lang=\"ko\">"));
    EXPECT_TRUE(has(korean, "비밀번호"));
}

TEST_F(EveryPage, ThatIsMissingIsAPageForPeople) {
    const Answer missing = page("/nothing", "Accept: text/html,*/*;q=0.8\r\n");
    EXPECT_EQ(missing.status, 404U);
    EXPECT_EQ(missing.type, "text/html; charset=utf-8");
    EXPECT_EQ(error_in(missing), "There is no page at this address.");
    EXPECT_EQ(page("/nothing").code(), "not_found");
    const Answer wrong = page("/account/tokens", "Accept: text/html\r\n");
    EXPECT_EQ(wrong.status, 405U);
    EXPECT_TRUE(wrong.has_header("Allow: POST, OPTIONS"));
    EXPECT_EQ(page("/login", "Accept: application/json\r\n").code(), "not_acceptable");
    EXPECT_EQ(page("/v1/users/me", "Accept: text/html,*/*;q=0.8\r\n").code(), "unauthenticated");
}

TEST_F(EveryPage, HasAStyleThatACacheMayKeep) {
    const Answer style = page(style_path(), "Accept: text/css,*/*;q=0.1\r\n");
    EXPECT_EQ(style.status, 200U);
    EXPECT_EQ(style.type, "text/css; charset=utf-8");
    EXPECT_NE(policy_.find("immutable"), std::string::npos);
    EXPECT_EQ(style.body, compiled_file("style.css").text);
    EXPECT_EQ(page("/pages/000000000000/style.css").status, 200U);
    EXPECT_NE(policy_.find("no-store"), std::string::npos);
    EXPECT_EQ(page(icon_path()).type, "image/svg+xml");
}

TEST_F(EveryPage, ShowsWhatAProxySentAndNoSecret) {
    log_in_page();
    const Answer answer = page("/whoami",
                               "X-Forwarded-Host: <b>wiki</b>\r\n"
                               "X-Bytes: \xFF\xE2\x80\xAE\r\n"
                               "Authorization: Basic c2VjcmV0\r\n");
    EXPECT_TRUE(has(answer, "&lt;b&gt;wiki&lt;/b&gt;"));
    EXPECT_TRUE(has(answer, "\\xff") || has(answer, "\\xFF")) << answer.body;
    EXPECT_FALSE(has(answer, "c2VjcmV0"));
    EXPECT_FALSE(has(answer, "rst_"));
    EXPECT_TRUE(has(answer, "logged in as user@a.com"));
    EXPECT_TRUE(has(answer, "<th scope=\"row\">Remote-Email</th><td>user@a.com</td>"));
    cookie_.clear();
    EXPECT_TRUE(has(page("/whoami"), "<td>401</td>"));
}

}  // namespace
}  // namespace roster::server
