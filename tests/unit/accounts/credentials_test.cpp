#include "accounts/credentials.hpp"

#include <gtest/gtest.h>

#include <string>

namespace roster::accounts {
namespace {

TEST(Credentials, TakesWhatIsLongEnoughInCodePoints) {
    for (const std::string_view text : {"ab", "비밀", "a,b c", "a@a.com"})
        EXPECT_TRUE(check_email(text)) << text;
    EXPECT_TRUE(check_email(std::string(254, 'e')));
}

TEST(Credentials, RefusesWhatIsTooShort) {
    for (const std::string_view text : {"", "a", "비", "\xF0\x9F\x98\x80"})
        EXPECT_EQ(check_email(text).error(), Errc::email_too_short) << text;
}

TEST(Credentials, RefusesWhatIsTooLong) {
    EXPECT_EQ(check_email(std::string(255, 'e')).error(), Errc::email_too_long);
    EXPECT_EQ(check_email(std::string(255, '\xFF')).error(), Errc::email_too_long);
}

TEST(Credentials, RefusesWhatIsNoCleanText) {
    for (const std::string_view text :
         {"a\nb", "\xFF\xFE", "abc\xC3", "a\x1B[0m", "ab\x7F", " a@a.com", "a@a.com ",
          "a@a.com\u00A0", "a@\u200Ba.com", "a@a.com\uFE0F", "a\u3000b"})
        EXPECT_EQ(check_email(text).error(), Errc::email_not_text);
}

}  // namespace
}  // namespace roster::accounts
