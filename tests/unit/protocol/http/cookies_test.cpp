#include "protocol/http/cookies.hpp"

#include "support/http_requests.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace roster::protocol::http {
namespace {

std::string cookie(const std::string& headers, std::string_view name) {
    RequestDecoder decoder;
    decoder.feed(get(headers));
    const Request* const request = decoder.next();
    if (request == nullptr) return "refused";
    return std::string(find_cookie(request->fields, name).value_or("absent"));
}

TEST(HttpCookies, AreFoundByName) {
    const std::string all = "Cookie: a=1; __Host-roster=rst_x=y==;b = 2 ; c=; d; e=\"q\"";
    EXPECT_EQ(cookie(all, "a"), "1");
    EXPECT_EQ(cookie(all, "__Host-roster"), "rst_x=y==");
    EXPECT_EQ(cookie(all, "b"), "2");
    EXPECT_EQ(cookie(all, "c"), "");
    EXPECT_EQ(cookie(all, "d"), "absent");
    EXPECT_EQ(cookie(all, "e"), "\"q\"");
    EXPECT_EQ(cookie(all, "A"), "absent");
    EXPECT_EQ(cookie(all, ""), "absent");
    EXPECT_EQ(cookie("X: y", "a"), "absent");
    EXPECT_EQ(cookie("Cookie: ;;=;a", "a"), "absent");
}

TEST(HttpCookies, TheFirstOfANameCountsInWhicheverHeader) {
    EXPECT_EQ(cookie("Cookie: a=1; a=2", "a"), "1");
    EXPECT_EQ(cookie("Cookie: b=1\r\nCookie: a=2", "a"), "2");
}

SetCookie session() {
    SetCookie cookie;
    cookie.name = "__Host-roster";
    cookie.value = "rst_abc";
    cookie.max_age = std::chrono::seconds(60);
    return cookie;
}

TEST(HttpCookies, AreSetWithTheirAttributes) {
    SetCookie cookie = session();
    EXPECT_EQ(to_header(cookie).value(),
              "__Host-roster=rst_abc; Path=/; Max-Age=60; Secure; HttpOnly; SameSite=Lax");
    cookie.name = "roster";
    cookie.value = "";
    cookie.secure = false;
    cookie.domain = "example.org";
    cookie.max_age = std::chrono::seconds(0);
    EXPECT_EQ(to_header(cookie).value(),
              "roster=; Path=/; Domain=example.org; Max-Age=0; HttpOnly; SameSite=Lax");
}

TEST(HttpCookies, AreRefusedIfTheyCouldNotBeReadAgain) {
    for (const char* value : {"a;b", "a b", "a,b", "a\"b", "a\\b", "a\r\nb", "\xC3\xA4"}) {
        SetCookie cookie = session();
        cookie.value = value;
        EXPECT_EQ(to_header(cookie).error(), Errc::invalid_request) << value;
    }
    SetCookie cookie = session();
    cookie.domain = "x; Path=/a";
    EXPECT_FALSE(to_header(cookie));
    cookie = session();
    cookie.name = "a b";
    EXPECT_FALSE(to_header(cookie));
}

}  // namespace
}  // namespace roster::protocol::http
