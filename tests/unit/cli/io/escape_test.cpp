#include "cli/io/escape.hpp"

#include <gtest/gtest.h>

namespace roster::cli {
namespace {

TEST(JsonText, AppendsAMember) {
    std::string object = R"({"id":1})";
    append_member(object, "sessions", "2");
    EXPECT_EQ(object, R"({"id":1,"sessions":2})");
}

TEST(JsonText, EscapesWhatSomeTerminalsObey) {
    EXPECT_EQ(escape_bidi("\"a\x7f\xc2\x80\xc2\x9b\xc2\x9f\""), R"("a\u007f\u0080\u009b\u009f")");
}

TEST(JsonText, EscapesWhatShowsAnotherTextThanIsThere) {
    EXPECT_EQ(escape_bidi("\"a\u202Eb\u200B\u2028\U000E0041\""),
              R"("a\u202eb\u200b\u2028\udb40\udc41")");
}

TEST(JsonText, LeavesEverythingElseAlone) {
    const std::string text = "{\"e\":\"é\xc2\xa0\xf0\x9f\x98\x80\\u001b\"}";
    EXPECT_EQ(escape_bidi(text), text);
    EXPECT_EQ(escape_bidi(""), "");
    EXPECT_EQ(escape_bidi("\xc2"), "\xc2");
}

}  // namespace
}  // namespace roster::cli
