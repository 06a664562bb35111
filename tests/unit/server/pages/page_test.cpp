#include "server/pages/page.hpp"

#include "server/http/compiled_files.hpp"

#include <gtest/gtest.h>

#include <regex>
#include <string>

namespace roster::server {
namespace {

constexpr const char* kTemplates[] = {"account",  "forbidden", "links", "login", "logout",
                                      "password", "setup",     "token", "whoami"};

TEST(Page, EscapesWhatItShows) {
    View view;
    view.set("title", "<b>&\"'").set("lead", "</p><script>").set("rd", "\"><script>");
    const std::string html = render("login", view, Texts("en"));
    EXPECT_EQ(html.find("<script"), std::string::npos) << html;
    EXPECT_EQ(html.find("<b>"), std::string::npos);
    EXPECT_NE(html.find("value=\"&quot;&gt;&lt;script&gt;\""), std::string::npos) << html;
    EXPECT_NE(html.find("&lt;b&gt;&amp;&quot;&apos;"), std::string::npos);
}

TEST(Page, TakesNoTemplateFromWhatItShows) {
    View view;
    view.set("lead", "{{title}} {{{title}}} {{#t}}x{{/t}}").set("title", "secret");
    const std::string html = render("links", view, Texts("en"));
    EXPECT_NE(html.find("{{title}} {{{title}}} {{#t}}x{{/t}}"), std::string::npos) << html;
}

TEST(Page, LeavesOutWhatIsNotThere) {
    const std::string html = render("login", View(), Texts("en"));
    for (const char* absent : {"role=\"alert\"", "role=\"status\"", "aria-invalid", "refresh"})
        EXPECT_EQ(html.find(absent), std::string::npos) << absent;
}

TEST(Page, ShowsLists) {
    View one;
    one.set("href", "/a").set("text", "A");
    View two;
    two.set("href", "/b").set("text", "B");
    View view;
    view.set("link", std::vector<View>{one, two});
    const std::string html = render("links", view, Texts("en"));
    EXPECT_NE(html.find("<a href=\"/a\">A</a>"), std::string::npos) << html;
    EXPECT_NE(html.find("<a href=\"/b\">B</a>"), std::string::npos) << html;
}

// Scripts, styles and handlers in a page are what its policy forbids.
TEST(Page, TemplatesHaveNoCodeAndEscapeAll) {
    for (const char* name : kTemplates) {
        const std::string text(compiled_file(std::string(name) + ".html").text);
        EXPECT_FALSE(
            std::regex_search(text, std::regex("<script|<style|style=| on[a-z]+=|\\{\\{\\{|"
                                               "\\{\\{&|javascript:")))
            << name;
        EXPECT_EQ(text.find("http"), std::string::npos) << name;
    }
}

TEST(Page, TemplatesUseTextsThatAreThere) {
    const Texts texts("en");
    const std::regex use("\\{\\{[#^/]?t\\.([a-z_]+)\\}\\}");
    for (const char* name : kTemplates) {
        const std::string text(compiled_file(std::string(name) + ".html").text);
        for (std::sregex_iterator i(text.begin(), text.end(), use), end; i != end; ++i)
            EXPECT_TRUE(texts.has((*i)[1].str())) << name << ": " << (*i)[1];
    }
}

// So that screen readers say what a field is for, and pages work by keyboard.
TEST(Page, EveryFieldHasALabel) {
    const std::regex field("<(input|select)([^>]*)>");
    const std::regex id("id=\"([a-z_]+)\"");
    for (const char* name : kTemplates) {
        const std::string text(compiled_file(std::string(name) + ".html").text);
        for (std::sregex_iterator i(text.begin(), text.end(), field), end; i != end; ++i) {
            const std::string attributes = (*i)[2];
            if (attributes.find("hidden") != attributes.npos) continue;
            std::smatch found;
            ASSERT_TRUE(std::regex_search(attributes, found, id)) << name << attributes;
            EXPECT_NE(text.find("<label for=\"" + found[1].str() + "\">"), text.npos)
                << name << attributes;
        }
    }
}

}  // namespace
}  // namespace roster::server
