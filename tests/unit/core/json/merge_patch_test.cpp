#include "core/json/merge_patch.hpp"

#include <gtest/gtest.h>

namespace roster {
namespace {

// Source: RFC 7396, appendix A, where the values are objects.
TEST(MergePatch, DoesWhatTheRfcSays) {
    struct Case {
        const char* object;
        const char* patch;
        const char* merged;
    };
    for (const Case& c :
         {Case{R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
          Case{R"({"a":"b"})", R"({"b":"c"})", R"({"a":"b","b":"c"})"},
          Case{R"({"a":"b"})", R"({"a":null})", R"({})"},
          Case{R"({"a":"b","b":"c"})", R"({"a":null})", R"({"b":"c"})"},
          Case{R"({"a":["b"]})", R"({"a":"c"})", R"({"a":"c"})"},
          Case{R"({"a":"c"})", R"({"a":["b"]})", R"({"a":["b"]})"},
          Case{R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})", R"({"a":{"b":"d"}})"},
          Case{R"({"a":[{"b":"c"}]})", R"({"a":[1]})", R"({"a":[1]})"},
          Case{R"({"e":null})", R"({"a":1})", R"({"e":null,"a":1})"},
          Case{R"({})", R"({"a":{"bb":{"ccc":null}}})", R"({"a":{"bb":{}}})"}})
        EXPECT_EQ(merge_patch(c.object, c.patch), c.merged) << c.object << c.patch;
}

TEST(MergePatch, KeepsDigitsAndOrder) {
    EXPECT_EQ(merge_patch(R"({ "n" : 1.50, "big":123456789012345678901234, "t":[1 ,{"x":2.0}] })",
                          R"({"\"":"\u0001"})"),
              R"({"n":1.50,"big":123456789012345678901234,"t":[1,{"x":2.0}],"\"":"\u0001"})");
}

TEST(MergePatch, AValueThatBecomesAnObjectLosesNothingOfIt) {
    EXPECT_EQ(merge_patch(R"({"a":[1]})", R"({"a":{"b":1}})"), R"({"a":{"b":1}})");
    EXPECT_EQ(merge_patch(R"({"a":{"b":1}})", R"({"a":7})"), R"({"a":7})");
    EXPECT_EQ(merge_patch(R"({"a":{"b":1}})", R"({"a":{}})"), R"({"a":{"b":1}})");
}

}  // namespace
}  // namespace roster
