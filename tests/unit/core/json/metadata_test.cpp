#include "core/json/raw_json.hpp"

#include <gtest/gtest.h>

#include <string>
#include <variant>

namespace roster {
namespace {

std::string compact(std::string_view json) {
    const auto read = compact_metadata(json);
    if (const auto* problem = std::get_if<Diagnostic>(&read)) return to_string(*problem);
    return std::get<std::string>(read);
}

bool is_kept(std::string_view json) {
    return std::holds_alternative<std::string>(compact_metadata(json));
}

std::string nested(std::size_t depth) {
    std::string json;
    for (std::size_t i = 1; i < depth; ++i)
        json += "{\"a\":";
    return json + "{}" + std::string(depth - 1, '}');
}

// An object whose compact text has so many bytes.
std::string object_of(std::size_t bytes) {
    return "{\"a\":\"" + std::string(bytes - 8, 'x') + "\"}";
}

TEST(Metadata, IsKeptCompact) {
    EXPECT_EQ(compact("{}"), "{}");
    EXPECT_EQ(compact(" { } "), "{}");
    EXPECT_EQ(compact("{ \"b\" : [ 1, {} , [ ] ],\n\t\"a\" : null }"),
              "{\"b\":[1,{},[]],\"a\":null}");
    EXPECT_EQ(compact(compact("{ \"a\" : \"b\" }")), "{\"a\":\"b\"}");
}

TEST(Metadata, NumbersKeepTheirDigits) {
    const std::string json =
        "{\"n\":[18446744073709551615,-9223372036854775808,0.10,1e2,-0,123456789012345678901234]}";
    EXPECT_EQ(compact(json), json);
}

TEST(Metadata, TextsStayTheSameTexts) {
    EXPECT_EQ(compact("{\"\\u00e4\":\"\\u0041\\/\\ud83d\\ude00\"}"), "{\"ä\":\"A/😀\"}");
    EXPECT_EQ(compact("{\"a\":\"\\u0000\\u007f\\n\\\"\\\\\"}"),
              "{\"a\":\"\\u0000\\u007f\\n\\\"\\\\\"}");
    EXPECT_EQ(compact("{\"\":\"\"}"), "{\"\":\"\"}");
}

TEST(Metadata, IsAnObject) {
    for (const std::string_view json : {"[]", "7", "\"{}\"", "null", "true"})
        EXPECT_EQ(compact(json),
                  "line 1, column 1: metadata is a JSON object, like {\"team\":\"red\"}");
}

TEST(Metadata, SaysWhatIsWrongAndWhere) {
    EXPECT_EQ(compact(""), "line 1, column 1: the text is empty");
    EXPECT_EQ(compact("{\"a\":1"), "line 1, column 7: the text ends in the middle");
    EXPECT_EQ(compact("{\"a\":1,}"), "line 1, column 8: a comma before }");
    EXPECT_EQ(compact("{\"a\":\"\xFF\"}"), "line 1, column 7: not UTF-8, or not JSON");
    EXPECT_EQ(compact("{\"a\":1} x"), "line 1, column 9: the JSON is followed by something else");
    EXPECT_NE(compact("{\"a\":1,\"a\":2}").find("\"a\" is there twice in one object"),
              std::string::npos);
    EXPECT_NE(compact("{\"b\":[{\"a\":1,\"\\u0061\":2}]}").find("twice"), std::string::npos);
    EXPECT_TRUE(is_kept("{\"a\":{\"a\":1},\"b\":[{\"a\":1},{\"a\":1}]}"));
}

TEST(Metadata, IsAtMost16KiBOfCompactText) {
    EXPECT_TRUE(is_kept(object_of(kMaxMetadataBytes)));
    EXPECT_TRUE(is_kept(std::string(kMaxMetadataBytes, ' ') + object_of(kMaxMetadataBytes)));
    EXPECT_EQ(compact(object_of(kMaxMetadataBytes + 1)), "metadata takes more than 16 KiB");
}

TEST(Metadata, IsAtMost32Deep) {
    EXPECT_TRUE(is_kept(nested(kMaxMetadataDepth)));
    EXPECT_EQ(compact(nested(kMaxMetadataDepth + 1)), "metadata is nested more than 32 deep");
    EXPECT_NE(compact(nested(100'000)).find("deep"), std::string::npos);
}

}  // namespace
}  // namespace roster
