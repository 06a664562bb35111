#include "cli/forward_auth/snippets.hpp"

#include "cli/io/exit_code.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

namespace roster::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

SnippetOptions options_for(const std::string& host, const std::string& public_url) {
    SnippetOptions options;
    options.host = host;
    options.public_url = public_url;
    options.upstream = "10.0.0.7:3000";
    options.server = "[::1]:8081";
    return options;
}

TEST(Snippets, HaveNothingLeftToFillIn) {
    const auto options = options_for("app.example.com", "https://auth.example.com");
    for (const std::string& kind : snippet_kinds()) {
        const std::string text = make_snippet(kind, options);
        EXPECT_FALSE(std::regex_search(text, std::regex("@[A-Z_]+@"))) << kind << text;
        if (kind == "haproxy-lua") continue;
        EXPECT_THAT(text, HasSubstr("app.example.com")) << kind;
        EXPECT_THAT(text, HasSubstr("10.0.0.7:3000")) << kind;
        EXPECT_THAT(text, HasSubstr("redirect=auto")) << kind;
    }
}

TEST(Snippets, AreNotForRosterItself) {
    EXPECT_THROW(make_snippet("nginx", options_for("Auth.example.com", "https://auth.example.com")),
                 UsageError);
}

TEST(Snippets, LetNobodyChangeToAnotherProtocolPastRoster) {
    const auto options = options_for("app.example.com", "https://auth.example.com");
    for (const char* kind : {"nginx", "caddy", "haproxy"}) {
        EXPECT_THAT(make_snippet(kind, options), HasSubstr("HTTP2-Settings")) << kind;
        EXPECT_THAT(make_snippet(kind, options), HasSubstr("websocket")) << kind;
    }
}

TEST(Snippets, AskTheirOwnEndpoint) {
    auto options = options_for("app.example.com", "https://auth.example.com");
    options.group = "media,admins";
    for (const char* kind : {"caddy", "haproxy", "traefik"}) {
        EXPECT_THAT(make_snippet(kind, options), HasSubstr("/v1/authorize?group=media,admins"));
        EXPECT_THAT(make_snippet(kind, options), HasSubstr("[::1]:8081"));
    }
    EXPECT_THAT(make_snippet("nginx", options),
                HasSubstr("/v1/authorize/nginx?group=media,admins;"));
    EXPECT_THAT(make_snippet("envoy", options), HasSubstr("\"group=media,admins\""));
}

TEST(Snippets, FollowTheSchemeOfThePublicUrl) {
    const std::string secure =
        make_snippet("nginx", options_for("app.example.com", "https://auth.example.com"));
    EXPECT_THAT(secure, HasSubstr("listen 443 ssl;"));
    EXPECT_THAT(secure, HasSubstr("__Secure-roster-forward="));
    const std::string plain =
        make_snippet("nginx", options_for("app.lab.lan:8000", "http://auth.lab.lan"));
    EXPECT_THAT(plain, HasSubstr("listen 8000;"));
    EXPECT_THAT(plain, HasSubstr("server_name app.lab.lan;"));
    EXPECT_THAT(plain, Not(HasSubstr("__Secure-")));
    EXPECT_THAT(make_snippet("caddy", options_for("app.lab.lan:8000", "http://auth.lab.lan")),
                HasSubstr("http://app.lab.lan:8000 {"));
}

TEST(Snippets, TakeNothingThatEndsAValue) {
    const auto refused = [](void (*change)(SnippetOptions&)) {
        auto options = options_for("app.example.com", "https://auth.example.com");
        change(options);
        for (const std::string& kind : snippet_kinds())
            EXPECT_THROW(make_snippet(kind, options), UsageError) << kind;
    };
    refused([](SnippetOptions& o) { o.host = "a b"; });
    refused([](SnippetOptions& o) { o.host = "a;b"; });
    refused([](SnippetOptions& o) { o.host = "https://a"; });
    refused([](SnippetOptions& o) { o.host = "a:b"; });
    refused([](SnippetOptions& o) { o.host = ""; });
    refused([](SnippetOptions& o) { o.upstream = "a\n:1"; });
    refused([](SnippetOptions& o) { o.upstream = "a"; });
    refused([](SnippetOptions& o) { o.server = "a{}:1"; });
    refused([](SnippetOptions& o) { o.public_url = "auth.example.com"; });
    refused([](SnippetOptions& o) { o.group = "a&role=admin"; });
    refused([](SnippetOptions& o) { o.group = "a,"; });
    refused([](SnippetOptions& o) { o.group = "A"; });
}

}  // namespace
}  // namespace roster::cli
