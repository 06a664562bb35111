#include "core/text.hpp"

#include <gtest/gtest.h>

namespace roster {
namespace {

TEST(Text, ParsesDigitsOnly) {
    EXPECT_EQ(parse_digits("0"), 0U);
    EXPECT_EQ(parse_digits("010"), 10U);
    for (const std::string_view text :
         {"", "-1", "+1", "1.5", "0x10", " 1", "1 ", "1e3", "99999999999999999999"})
        EXPECT_FALSE(parse_digits(text)) << text;
}

TEST(Text, CountsCodePoints) {
    EXPECT_EQ(count_code_points(""), 0U);
    EXPECT_EQ(count_code_points("abc"), 3U);
    EXPECT_EQ(count_code_points("비밀"), 2U);
    EXPECT_EQ(count_code_points("\xF0\x9F\x98\x80"), 1U);
}

TEST(Text, RefusesWhatIsNotUtf8) {
    for (const std::string_view bad :
         {"\x80", "\xC0\xAF", "\xC1\x81", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80",
          "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xE2\x82", "a\xC3"}) {
        EXPECT_FALSE(count_code_points(bad)) << printable(bad);
        EXPECT_FALSE(is_clean_text(bad)) << printable(bad);
    }
}

TEST(Text, CleanTextHasNoControlCharacters) {
    EXPECT_TRUE(is_clean_text("a b,ü\xC2\xA0"));
    for (const std::string_view bad : {"\n", "a\tb", "\x7F", "\xC2\x80", "\xC2\x9F", "\x1B[0m"}) {
        EXPECT_FALSE(is_clean_text(bad)) << printable(bad);
    }
    EXPECT_FALSE(is_clean_text(std::string_view("a\0b", 3)));
}

TEST(Text, ComparesAsciiWithoutCase) {
    EXPECT_TRUE(equals_ignoring_case("Content-LENGTH", "content-length"));
    EXPECT_FALSE(equals_ignoring_case("Content-Length", "Content-Lengt"));
    EXPECT_FALSE(equals_ignoring_case("Ä", "ä"));
}

TEST(Text, PrintableEscapesAndCuts) {
    EXPECT_EQ(printable("a\r\nb\xFF비"), "a\\x0D\\x0Ab\\xFF비");
    EXPECT_EQ(printable("a\u202Egro.b\u200B\u2028\u0085"),
              "a\\xE2\\x80\\xAEgro.b\\xE2\\x80\\x8B\\xE2\\x80\\xA8\\xC2\\x85")
        << "nor what shows another text than is there";
    for (const char* unseen : {"\u00A0", "\u180E", "\u2800", "\u3164", "\uFE0F", "\U000E0100"})
        EXPECT_TRUE(printable(unseen).starts_with("\\x")) << printable(unseen);
    EXPECT_EQ(printable("a b\u3000c"), "a b\u3000c");
    EXPECT_EQ(printable("abcdef", 3), "abc…");
    EXPECT_EQ(printable("ab비", 3), "ab…");
}

}  // namespace
}  // namespace roster
