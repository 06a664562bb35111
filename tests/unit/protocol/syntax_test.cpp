#include "protocol/syntax.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace roster::protocol {
namespace {

std::vector<std::string> elements(std::string_view list) {
    std::vector<std::string> all;
    while (!list.empty())
        all.emplace_back(take_element(list));
    return all;
}

TEST(Syntax, ListsHaveTrimmedElements) {
    using List = std::vector<std::string>;
    EXPECT_EQ(elements("a, b\t,c"), (List{"a", "b", "c"}));
    EXPECT_EQ(elements("a,, b"), (List{"a", "", "b"}));
    EXPECT_EQ(elements(R"(a;b="c,\",d", e)"), (List{R"(a;b="c,\",d")", "e"}));
    EXPECT_EQ(elements("\"a,b"), (List{"\"a,b"}));
    EXPECT_EQ(elements("\"a\\"), (List{"\"a\\"}));
}

TEST(Syntax, TokensHaveNoSeparators) {
    EXPECT_TRUE(is_token("!#$%&'*+-.^_`|~09azAZ"));
    for (int c = 0; c < 256; ++c) {
        const std::string text(1, static_cast<char>(c));
        const bool separator =
            std::string_view("()<>@,;:\\\"/[]?={} \t").find(text) != std::string_view::npos;
        EXPECT_EQ(is_token(text), c > 0x20 && c < 0x7F && !separator) << c;
    }
    EXPECT_FALSE(is_token(""));
}

TEST(Syntax, ValuesHaveNoControlCharactersAnywhere) {
    for (int c = 0; c < 256; ++c) {
        const bool allowed = (c >= 0x20 && c != 0x7F) || c == '\t';
        for (std::size_t at = 0; at < 20; ++at) {
            std::string text = "twenty and more bytes";
            text[at] = static_cast<char>(c);
            EXPECT_EQ(is_field_value(text), allowed) << c << " at " << at;
        }
    }
    EXPECT_TRUE(is_field_value(""));
}

TEST(Syntax, DecimalNumbersAreAppended) {
    std::string out = "n=";
    append_decimal(18446744073709551615U, out);
    EXPECT_EQ(out, "n=18446744073709551615");
}

}  // namespace
}  // namespace roster::protocol
