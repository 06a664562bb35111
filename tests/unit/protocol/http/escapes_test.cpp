#include "protocol/http/escapes.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace roster::protocol::http {
namespace {

std::optional<std::string> unescaped(std::string_view text, bool plus_is_space = true) {
    WipedText plain;
    if (!append_unescaped(text, plus_is_space, plain)) return std::nullopt;
    return std::string(plain.begin(), plain.end());
}

TEST(Escapes, AreDecoded) {
    EXPECT_EQ(unescaped(""), "");
    EXPECT_EQ(unescaped("a%20b+c%2B%c3%A4"), "a b c+ä");
    EXPECT_EQ(unescaped("a+b", false), "a+b");
}

TEST(Escapes, ThatAreBrokenAreRefused) {
    for (const char* broken : {"%", "%4", "a%4", "%4g", "%g4", "%00", "%c3", "%ff", "%ed%a0%80"})
        EXPECT_FALSE(unescaped(broken)) << broken;
}

TEST(Escapes, AreMadeForAllThatMeansSomething) {
    EXPECT_EQ(escaped("aZ09-._~"), "aZ09-._~");
    EXPECT_EQ(escaped("https://a/?b=c&d#e+f ä\"'<>"),
              "https%3A%2F%2Fa%2F%3Fb%3Dc%26d%23e%2Bf%20%C3%A4%22%27%3C%3E");
}

std::string with_escapes(std::string_view text, bool (*is_kept)(char)) {
    std::string out = ">";
    append_escaped(text, is_kept, out);
    return out;
}

TEST(Escapes, KeepsWhatAUrlMayHave) {
    EXPECT_EQ(with_escapes("/a%20b?c=d&e[]=#f", is_url_character), ">/a%20b?c=d&e[]=#f");
    EXPECT_EQ(with_escapes("\\\"<>{}|^` \x7F\x01\xC3\xBC", is_url_character),
              ">%5C%22%3C%3E%7B%7D%7C%5E%60%20%7F%01%C3%BC");
}

TEST(Escapes, LetsAParameterEndNowhereElse) {
    EXPECT_EQ(with_escapes("https://a:8/b?c=d&e#f+g%20", is_parameter_character),
              ">https://a:8/b?c%3Dd%26e%23f%2Bg%2520");
}

}  // namespace
}  // namespace roster::protocol::http
