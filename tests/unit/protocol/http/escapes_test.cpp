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

}  // namespace
}  // namespace roster::protocol::http
