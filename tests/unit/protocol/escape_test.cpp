#include "protocol/escape.hpp"

#include <gtest/gtest.h>

namespace roster::protocol {
namespace {

std::string escaped(std::string_view text, bool (*is_kept)(char)) {
    std::string out = ">";
    append_escaped(text, is_kept, out);
    return out;
}

TEST(Escape, KeepsWhatAUrlMayHave) {
    EXPECT_EQ(escaped("/a%20b?c=d&e[]=#f", is_url_character), ">/a%20b?c=d&e[]=#f");
    EXPECT_EQ(escaped("\\\"<>{}|^` \x7F\x01\xC3\xBC", is_url_character),
              ">%5C%22%3C%3E%7B%7D%7C%5E%60%20%7F%01%C3%BC");
}

TEST(Escape, LetsAParameterEndNowhereElse) {
    EXPECT_EQ(escaped("https://a:8/b?c=d&e#f+g%20", is_parameter_character),
              ">https://a:8/b?c%3Dd%26e%23f%2Bg%2520");
}

}  // namespace
}  // namespace roster::protocol
