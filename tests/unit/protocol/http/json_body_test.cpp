#include "protocol/http/json_body.hpp"

#include <gtest/gtest.h>

#include <string>

namespace roster::protocol::http {
namespace {

JsonBody body_of(std::string_view text) {
    JsonBody body;
    const auto problem = body.read(text);
    EXPECT_FALSE(problem) << text << ": " << (problem ? problem->detail : "");
    return body;
}

// "POINTER CODE" of each error.
std::vector<std::string> errors_of(JsonBody& body) {
    const auto problem = body.finish();
    if (!problem) return {};
    EXPECT_EQ(problem->code, ProblemCode::validation_failed);
    std::vector<std::string> errors;
    for (const FieldError& error : problem->errors)
        errors.push_back(error.pointer + " " + std::string(error.code));
    return errors;
}
using Errors = std::vector<std::string>;

TEST(HttpJsonBody, HasMembersOfEveryType) {
    JsonBody body = body_of(
        " {\"email\":\"\\u00e4@b\",\"password\":\"p\\\"w\",\"keep\":true,\"n\":12,"
        "\"groups\":[\"a\",\"b\\n\"],\"metadata\":{\"x\": [1.50, {}] },\"name\":null} ");
    EXPECT_EQ(body.string("email", Need::required), "\u00e4@b");
    EXPECT_EQ(body.secret("password", Need::required)->reveal(), "p\"w");
    EXPECT_EQ(body.boolean("keep"), true);
    EXPECT_EQ(body.number("n"), 12U);
    EXPECT_EQ(body.strings("groups"), (std::vector<std::string>{"a", "b\n"}));
    EXPECT_EQ(body.object("metadata"), "{\"x\":[1.50,{}]}");
    EXPECT_EQ(body.string("name"), std::nullopt);
    EXPECT_TRUE(body.is_null("name"));
    EXPECT_FALSE(body.is_null("email"));
    EXPECT_EQ(body.string("absent"), std::nullopt);
    EXPECT_EQ(errors_of(body), Errors{});
}

TEST(HttpJsonBody, SaysAllThatIsWrongAtOnce) {
    JsonBody body = body_of(
        "{\"email\":1,\"password\":null,\"keep\":\"true\",\"n\":-1,\"m\":1.5,\"groups\":[\"a\",2],"
        "\"metadata\":[],\"a~/b\":{},\"role\":\"admin\"}");
    body.string("email");
    body.secret("password", Need::required);
    body.boolean("keep");
    body.number("n");
    body.number("m");
    body.strings("groups");
    body.object("metadata");
    body.string("name", Need::required);
    body.refuse(FieldError("/email", "too_short", "must be longer"));
    EXPECT_EQ(
        errors_of(body),
        (Errors{"/email wrong_type", "/password wrong_type", "/keep wrong_type", "/n wrong_type",
                "/m wrong_type", "/groups/1 wrong_type", "/metadata wrong_type", "/name missing",
                "/email too_short", "/a~0~1b unknown_member", "/role unknown_member"}));
}

TEST(HttpJsonBody, MustBeAnObject) {
    for (const char* text : {"[]", "[[{}],{\"a\":1}]", "1", "\"a\"", "null", "true"}) {
        JsonBody body = body_of(text);
        EXPECT_EQ(body.string("email", Need::required), std::nullopt);
        EXPECT_EQ(errors_of(body), Errors{" wrong_type"}) << text;
    }
}

std::string nested(std::size_t depth) {
    std::string text = "{\"a\":";
    text += std::string(depth - 1, '[') + std::string(depth - 1, ']');
    return text + "}";
}

std::string members(std::size_t count) {
    std::string text = "{";
    for (std::size_t i = 0; i < count; ++i)
        text += (i == 0 ? "\"m" : ",\"m") + std::to_string(i) + "\":0";
    return text + "}";
}

TEST(HttpJsonBody, MayBeAsLargeAsTheLimits) {
    body_of(nested(32));
    body_of(members(64));
    body_of("{\"a\":" + members(64) + ",\"b\":" + members(64) + "}");
    body_of("{\"a\":\"" + std::string(4096, 'x') + "\"}");
}

TEST(HttpJsonBody, MustBeJsonWithinTheLimits) {
    for (const std::string& text : {std::string(),
                                    std::string("{"),
                                    std::string("{\"a\":1,}"),
                                    std::string("{\"a\":01}"),
                                    std::string("{\"a\":1}x"),
                                    std::string("{a:1}"),
                                    std::string("{\"a\":'b'}"),
                                    std::string("{\"a\":NaN}"),
                                    std::string("{\"a\":1e999}"),
                                    std::string("{\"a\":+1}"),
                                    std::string("{\"a\":1} {}"),
                                    std::string("\xEF\xBB\xBF{}"),
                                    std::string("{\"\xFF\":1}"),
                                    std::string("{\"a\":\"\xC0\xAF\"}"),
                                    std::string("{\"a\":\"\\ud800\"}"),
                                    std::string("{\"a\":\"\n\"}"),
                                    std::string("{\"a\":\"\\x\"}"),
                                    std::string("{} // a"),
                                    std::string("{\"a\":1,\"a\":2}"),
                                    std::string("{\"a\":1,\"\\u0061\":2}"),
                                    std::string("{\"a\":{\"b\":1,\"b\":2}}"),
                                    std::string("[{\"b\":1,\"b\":2}]"),
                                    nested(33),
                                    nested(40),
                                    members(65),
                                    "{\"a\":" + members(65) + "}",
                                    "{\"a\":\"" + std::string(4097, 'x') + "\"}",
                                    "{\"" + std::string(4097, 'x') + "\":1}"}) {
        JsonBody body;
        const auto problem = body.read(text);
        ASSERT_TRUE(problem) << text;
        EXPECT_EQ(problem->code, ProblemCode::malformed_json) << text;
    }
}

TEST(HttpJsonBody, SaysWhereItIsWrong) {
    JsonBody body;
    const auto problem = body.read("{\n\"password\":\"secret\",\n\"password\":1}");
    ASSERT_TRUE(problem);
    EXPECT_EQ(problem->detail, "line 3, column 1: a name that its object has already");
}

TEST(HttpJsonBody, IsReusable) {
    JsonBody body = body_of("{\"a\":\"b\"}");
    EXPECT_FALSE(body.read("{}"));
    EXPECT_EQ(body.string("a"), std::nullopt);
    EXPECT_EQ(errors_of(body), Errors{});
}

}  // namespace
}  // namespace roster::protocol::http
