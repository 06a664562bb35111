#include "server/forward_auth/forward_domain.hpp"

#include <roster/error.hpp>

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace roster::server {
namespace {

// What a start with this domain says; empty if it starts.
std::string refusal_of(std::string_view domain,
                       const std::string& public_url = "https://auth.home.example.com") {
    try {
        const ForwardDomain checked(domain, public_url);
    } catch (const StartupError& error) {
        EXPECT_EQ(error.code(), Errc::invalid_request);
        return error.what();
    }
    return {};
}

TEST(ForwardDomainAtStart, TakesWhatBrowsersTakeCookiesFor) {
    for (const auto& [domain, url] :
         {std::pair<std::string, std::string>{"example.com", "https://auth.example.com"},
          {"home.example.com", "https://home.example.com"},
          {"Home.Example.COM", "https://a.b.home.example.com:8443"},
          {"lab.lan", "http://auth.lab.lan:8080"},
          {"lab.home.arpa", "http://auth.lab.home.arpa"},
          {"me.duckdns.org", "https://me.duckdns.org"},
          {"roster.localhost", "http://auth.roster.localhost:8080"},
          {"xn--bcher-kva.example", "https://auth.xn--bcher-kva.example"}})
        EXPECT_EQ(refusal_of(domain, url), "") << domain;
}

TEST(ForwardDomainAtStart, RefusesEveryOtherAndSaysWhatToDo) {
    for (const auto& [domain, says] : {
             std::pair<std::string, std::string>{"https://home.example.com", "is a URL"},
             {"home.example.com/", "is a URL"},
             {".home.example.com", "leave it out"},
             {"*.home.example.com", "leave it out"},
             {"home.example.com:8443", "has a port"},
             {"192.168.1.10", "is an IP address"},
             {"10.0.0x1", "is an IP address"},
             {"[::1]", "is an IP address"},
             {"fe80::1", "has a port"},
             {"bücher.example", "xn--"},
             {"home example.com", "xn--"},
             {"home.example.com.", "is no domain name"},
             {"home..example.com", "is no domain name"},
             {"-home.example.com", "is no domain name"},
             {"ho_me.example.com", "is no domain name"},
             {"home.example.com;x", "is no domain name"},
             {std::string(64, 'a') + ".com", "is no domain name"},
             {"", "is no domain name"},
             {"home", "has one label"},
             {"lan", "has one label"},
             {"local", "has one label"},
             {"internal", "has one label"},
             {"localhost", "has one label"},
             {"com", "has one label"},
             {"home.arpa", "is a public suffix"},
             {"duckdns.org", "is a public suffix"},
             {"DuckDNS.org", "is a public suffix"},
             {"co.uk", "is a public suffix"},
             {"github.io", "is a public suffix"},
         }) {
        const std::string text = refusal_of(domain);
        EXPECT_NE(text.find(says), std::string::npos) << domain << ": " << text;
        EXPECT_TRUE(text.starts_with("--forward-domain '")) << text;
    }
}

TEST(ForwardDomainAtStart, ThePublicUrlMustBeInIt) {
    for (const char* url :
         {"https://example.com", "https://auth.example.com", "https://evilhome.example.com",
          "https://home.example.com.evil.com", "http://127.0.0.1:8080", "http://[::1]:8080"}) {
        const std::string text = refusal_of("home.example.com", url);
        EXPECT_NE(text.find("--public-url"), std::string::npos) << url << text;
    }
}

class ReturnUrls : public ::testing::Test {
  protected:
    const ForwardDomain secure_{"home.example.com", "https://auth.home.example.com"};
    const ForwardDomain plain_{"lab.lan", "http://auth.lab.lan:8080"};
    const ForwardDomain alone_{"https://accounts.example.com"};
    const ForwardDomain on_loopback_{"http://[::1]:8080"};
};

TEST_F(ReturnUrls, LeadToTheHostsOfTheDomain) {
    for (const char* url :
         {"https://home.example.com", "https://home.example.com/", "https://app.home.example.com/",
          "HTTPS://App.Home.Example.Com/x", "https://a.b.home.example.com:8443/x?y=z#w",
          "https://my_app.home.example.com/", "https://app.home.example.com/?u=https://evil.com/",
          "https://app.home.example.com/@evil.com", "https://app.home.example.com//evil.com/",
          "https://app.home.example.com?x", "https://app.home.example.com#x",
          "https://app.home.example.com/%2F%5c%00", "https://auth.home.example.com/account/"})
        EXPECT_EQ(secure_.judge(url), ReturnUrl::accepted) << url;
    EXPECT_EQ(plain_.judge("http://app.lab.lan/"), ReturnUrl::accepted);
    EXPECT_EQ(plain_.judge("https://app.lab.lan/"), ReturnUrl::accepted);
}

TEST_F(ReturnUrls, LeadToNoOtherHost) {
    for (const char* url : {"https://evil.com/",
                            "https://evil.com",
                            "https://example.com/",
                            "https://com/",
                            "https://home.example.com.evil.com/",
                            "https://evilhome.example.com/",
                            "https://evil-home.example.com/",
                            "https://evil.com#.home.example.com",
                            "https://evil.com?.home.example.com",
                            "https://evil.com/.home.example.com",
                            "https://evil.com#@home.example.com/",
                            "https://home.example.com./",
                            "https://app.home.example.com./",
                            "https://.home.example.com/",
                            "https://a..home.example.com/",
                            "https://..home.example.com/",
                            "https://127.0.0.1/",
                            "https://[::1]/",
                            "https://[::ffff:127.0.0.1]/",
                            "https://2130706433/",
                            "https://0x7f.1/",
                            "https://evil%2ecom.home.example.com/",
                            "https://evil%2f.home.example.com/",
                            "https://a%00.home.example.com/x",
                            "https://home%2eexample.com/",
                            "https://a,b.home.example.com/",
                            "https://evil.com;.home.example.com/",
                            "https://evil.com&.home.example.com/",
                            "https://evil.com$.home.example.com/",
                            "https://xn--home-example-com.com/",
                            "https://accounts.example.com/",
                            "https://localhost/"})
        EXPECT_NE(secure_.judge(url), ReturnUrl::accepted) << url;
    EXPECT_EQ(secure_.judge("https://evil.com/"), ReturnUrl::foreign_host);
    EXPECT_EQ(secure_.judge("https://evil.com#.home.example.com"), ReturnUrl::foreign_host);
}

TEST_F(ReturnUrls, HaveTheSchemeOfThePublicUrl) {
    for (const char* url : {"http://app.home.example.com/", "ftp://app.home.example.com/",
                            "javascript://app.home.example.com/%0aalert(1)",
                            "data://app.home.example.com/", "wss://app.home.example.com/"})
        EXPECT_EQ(secure_.judge(url), ReturnUrl::wrong_scheme) << url;
    EXPECT_EQ(plain_.judge("ftp://app.lab.lan/"), ReturnUrl::wrong_scheme);
}

TEST_F(ReturnUrls, HaveNoUserInfo) {
    for (const char* url :
         {"https://app.home.example.com@evil.com/", "https://a@evil.com/",
          "https://a@app.home.example.com/", "https://a:b@app.home.example.com/",
          "https://@app.home.example.com/", "https://evil.com:443@app.home.example.com/",
          "https://app.home.example.com:443@evil.com/", "https://a%40b@app.home.example.com/"})
        EXPECT_EQ(secure_.judge(url), ReturnUrl::has_user_info) << url;
}

TEST_F(ReturnUrls, AreWholeUrlsWithoutWhatBrowsersReadInAnotherWay) {
    using namespace std::string_literals;
    for (const std::string& url : {
             ""s,
             "/"s,
             "/path"s,
             "//evil.com"s,
             "///evil.com"s,
             "/\\evil.com"s,
             "\\\\evil.com"s,
             "https:evil.com"s,
             "https:/evil.com"s,
             "https:/evil.com?x=https://home.example.com/"s,
             "https:///evil.com"s,
             "https:////evil.com"s,
             "https:\\\\evil.com"s,
             "https://"s,
             "://home.example.com/"s,
             "?https://home.example.com/"s,
             "home.example.com"s,
             "javascript:alert(1)"s,
             "javascript:alert(1)//https://home.example.com/"s,
             "data:text/html,x"s,
             "mailto:a@home.example.com"s,
             "https://evil.com\\.home.example.com/"s,
             "https://evil.com\\@home.example.com/"s,
             "https://app.home.example.com\\@evil.com/"s,
             "https://app.home.example.com/\\"s,
             " https://app.home.example.com/"s,
             "https://app.home.example.com/ "s,
             "\thttps://app.home.example.com/"s,
             "https://ev\til.com/"s,
             "ht\ttps://evil.com/"s,
             "https://evil.com\n.home.example.com/"s,
             "https://app.home.example.com/\r\nX: y"s,
             "https://evil.com\0.home.example.com/"s,
             "https://app.home.example.com/\x7F"s,
             "https://app.home.example.com/\x01"s,
             "https://b\xC3\xBC.home.example.com/"s,
             "https://evil.com\xE3\x80\x82home.example.com/"s,
             "https://evil.com\xEF\xBC\x8F.home.example.com/"s,
             "https://\xFFhome.example.com/"s,
             "https://app.home.example.com/\"><script>"s,
             "https://app.home.example.com/<"s,
             "https://app.home.example.com/`"s,
             "https://app.home.example.com/{}"s,
             "https://app.home.example.com:x/"s,
             "https://app.home.example.com:99999/"s,
             "https://app.home.example.com:443:443/"s,
             "https://[::1/"s,
             "https://[evil]/"s,
             "https://[::1].home.example.com/"s,
             "https://:443/"s,
         })
        EXPECT_EQ(secure_.judge(url), ReturnUrl::malformed) << url;
}

TEST_F(ReturnUrls, AreNotTooLong) {
    const std::string begin = "https://home.example.com/";
    const std::size_t rest = ForwardDomain::kMaxUrlBytes - begin.size();
    EXPECT_EQ(secure_.judge(begin + std::string(rest, 'a')), ReturnUrl::accepted);
    EXPECT_EQ(secure_.judge(begin + std::string(rest + 1, 'a')), ReturnUrl::too_long);
}

TEST_F(ReturnUrls, WithoutADomainLeadToThisServerAlone) {
    EXPECT_FALSE(alone_.is_set());
    for (const char* url : {"https://accounts.example.com/", "https://accounts.example.com:443/x",
                            "HTTPS://ACCOUNTS.example.com"})
        EXPECT_EQ(alone_.judge(url), ReturnUrl::accepted) << url;
    for (const char* url : {"https://accounts.example.com:8443/", "https://a.accounts.example.com/",
                            "https://example.com/", "https://xaccounts.example.com/"})
        EXPECT_EQ(alone_.judge(url), ReturnUrl::foreign_host) << url;
    EXPECT_EQ(alone_.judge("http://accounts.example.com/"), ReturnUrl::wrong_scheme);
    EXPECT_EQ(on_loopback_.judge("http://[::1]:8080/x"), ReturnUrl::accepted);
    EXPECT_EQ(on_loopback_.judge("http://[::1]:8081/x"), ReturnUrl::foreign_host);
}

}  // namespace
}  // namespace roster::server
