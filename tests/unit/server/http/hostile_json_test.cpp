// JSON texts from RFC 8259, right and wrong, at every route that takes JSON.

#include "unit/server/http/api_fixture.hpp"

#include <string>
#include <vector>

namespace roster::server {
namespace {

using std::string;
using namespace std::string_literals;

string nested(std::size_t depth, const string& open, const string& inside, const string& close) {
    string text;
    for (std::size_t i = 0; i < depth; ++i)
        text += open;
    text += inside;
    for (std::size_t i = 0; i < depth; ++i)
        text += close;
    return text;
}

// §2 to §9: no JSON, or with what this API does not take.
std::vector<string> malformed_texts() {
    return {
        "",
        " ",
        "{",
        "}",
        "[",
        "]",
        "{]",
        "[}",
        "{{}}",
        "{}{}",
        "{} x",
        "{}}",
        "{},",
        "{}\0"s,
        "{}#",
        "{}//",
        "{}/**/",
        "/**/{}",
        "// a\n{}",
        "\xEF\xBB\xBF{}",
        "\xFF\xFE{\0}\0"s,
        "{\0}\0"s,
        "\0"s,
        "<!DOCTYPE html>",
        "a=b&c=d",
        R"({"a"})",
        R"({"a":})",
        R"({"a" "b"})",
        R"({"a"::1})",
        R"({"a":1,})",
        R"({,"a":1})",
        R"({"a":1,,"b":2})",
        R"({"a":1 "b":2})",
        R"({"a":1;"b":2})",
        R"({"a"=1})",
        R"({"a",1})",
        R"({a:1})",
        R"({'a':1})",
        R"({"a":'b'})",
        R"({1:1})",
        R"({null:1})",
        R"({"a":1)",
        R"({"a":"b)",
        R"({"a":[1})",
        R"({"a":[1,]})",
        R"({"a":[,1]})",
        R"({"a":[1 2]})",
        R"({"a":[}})",
        R"({"a":01})",
        R"({"a":-01})",
        R"({"a":+1})",
        R"({"a":-})",
        R"({"a":.5})",
        R"({"a":5.})",
        R"({"a":-.5})",
        R"({"a":1e})",
        R"({"a":1e+})",
        R"({"a":1.e1})",
        R"({"a":0e})",
        R"({"a":1eE2})",
        R"({"a":0x1})",
        R"({"a":1_0})",
        R"({"a":1 0})",
        R"({"a":1.2.3})",
        R"({"a":--1})",
        R"({"a":NaN})",
        R"({"a":Infinity})",
        R"({"a":-Infinity})",
        R"({"a":nul})",
        R"({"a":nulll})",
        R"({"a":Null})",
        R"({"a":TRUE})",
        R"({"a":fals})",
        R"({"a":undefined})",
        R"({"a":"\a"})",
        R"({"a":"\x41"})",
        R"({"a":"\'"})",
        R"({"a":"\u"})",
        R"({"a":"\u00"})",
        R"({"a":"\u00G0"})",
        R"({"a":"\U0041"})",
        R"({"a":"\)",
        R"({"a":"\"})",
        R"({"a":"\ud800"})",
        R"({"a":"\udc00"})",
        R"({"a":"\ud800\u0041"})",
        R"({"a":"\ud800\ud800"})",
        R"({"a":"\udc00\ud800"})",
        R"({"\ud800":1})",
        "{\"a\":\"b\nc\"}",
        "{\"a\":\"b\tc\"}",
        "{\"a\":\"b\0c\"}"s,
        "{\"a\":\"\x1F\"}",
        "{\"a\":\"\x80\"}",
        "{\"a\":\"\xC0\xAF\"}",
        "{\"a\":\"\xC3\"}",
        "{\"a\":\"\xE0\x80\x80\"}",
        "{\"a\":\"\xED\xA0\x80\"}",
        "{\"a\":\"\xF4\x90\x80\x80\"}",
        "{\"a\":\"\xF8\x88\x80\x80\x80\"}",
        "{\"\xFF\":1}",
        "{\"a\":\xC2\xA0"
        "1}",
        "{\xE2\x80\xA8}",
        "{\x0B}",
        "{\x0C}",
        R"({"a":1,"a":2})",
        R"({"a":1,"\u0061":2})",
        R"({"b":{"a":1,"a":1}})",
        nested(33, "[", "", "]"),
        nested(33, R"({"a":)", "1", "}"),
        nested(100'000, "[", "", ""),
        nested(100'000, R"({"a":)", "", ""),
        R"({"a":")" + string(4097, 'x') + "\"}",
    };
}

// JSON, but not what any route asks for.
std::vector<string> foreign_texts() {
    return {
        "null",
        "true",
        "0",
        "-0",
        "1.5e300",
        "\"\"",
        "\"a\"",
        "[]",
        "[{}]",
        R"([{"email":"a@a.com"}])",
        R"({"":1})",
        R"({"a":null})",
        R"({"a":-0})",
        R"({"a":1E400})",
        R"({"a":123456789012345678901234567890})",
        R"({"a":0.1e-400})",
        R"({"a":"\u0000"})",
        R"({"\u0000":1})",
        R"({"a":"\ud83d\ude00"})",
        R"({"a":"\/\b\f\n\r\t\"\\"})",
        "{\"a\":\"\xF0\x9F\x98\x80\xEF\xBF\xBF\"}",
        "\r\n\t {\"a\" :\r[ 1 ,\t2 ]\n}\n",
        nested(31, "[", "", "]"),
        R"({"__proto__":{"role":"admin"},"constructor":{}})",
    };
}

// Whatever else: never more than a client's mistake.
std::vector<string> odd_values() {
    return {
        "null",
        "true",
        "0",
        "-1",
        "1.5",
        "1e400",
        "18446744073709551616",
        "\"\"",
        "\"\\u0000\"",
        "\"\xEF\xBF\xBF\"",
        "[]",
        "[null]",
        "{}",
        R"({"a":{"b":[]}})",
        R"("\ud83d\ude00")",
    };
}

struct JsonRoute {
    string method;
    string target;
};

std::vector<JsonRoute> json_routes(const string& id) {
    std::vector<JsonRoute> found;
    for (const auto routes : route_tables())
        for (const Route& route : routes) {
            if (route.body != BodyType::json && route.body != BodyType::merge_patch) continue;
            string target(route.path);
            const auto bracket = target.find("{id}");
            if (bracket != target.npos) target.replace(bracket, 4, id);
            found.push_back({string(protocol::http::name_of(route.method)), target});
        }
    return found;
}

class HostileJson : public ApiTest {
  protected:
    Answer send(const JsonRoute& route, const string& body) {
        return ask(route.method, route.target, token_, body, "Content-Type: application/json\r\n");
    }

    const string token_ = log_in("admin@a.com");
    const std::vector<JsonRoute> routes_ = json_routes(std::to_string(user_));
};

TEST_F(HostileJson, IsThereForEveryRouteThatTakesJson) {
    EXPECT_GE(routes_.size(), 7U);
    EXPECT_GE(malformed_texts().size() + foreign_texts().size(), 100U);
}

TEST_F(HostileJson, WhatIsMalformedIsRefused) {
    for (const JsonRoute& route : routes_)
        for (const string& text : malformed_texts()) {
            const Answer answer = send(route, text);
            EXPECT_EQ(answer.status, 400U)
                << route.method << ' ' << route.target << ' ' << text.substr(0, 50);
        }
    EXPECT_EQ(store_.status().users, 2U);
}

TEST_F(HostileJson, WhatIsNotAskedForIsRefused) {
    for (const JsonRoute& route : routes_)
        for (const string& text : foreign_texts()) {
            const Answer answer = send(route, text);
            EXPECT_EQ(answer.status / 100, 4U)
                << route.method << ' ' << route.target << ' ' << answer.status << ' ' << text;
        }
    EXPECT_EQ(store_.status().users, 2U);
}

TEST_F(HostileJson, NoValueOfAMemberIsAFailureOfTheServer) {
    for (const JsonRoute& route : routes_)
        for (const char* name :
             {"email", "username", "name", "locale", "password", "role", "disabled", "groups",
              "email_verified_at", "metadata", "login", "label", "cookie", "expires_in", "purpose",
              "token", "new_password", "current_password", "keep_other_sessions"})
            for (const string& value : odd_values()) {
                const string text = "{\"" + string(name) + "\":" + value + "}";
                EXPECT_LT(send(route, text).status, 500U)
                    << route.method << ' ' << route.target << ' ' << text;
            }
}

TEST_F(HostileJson, LinesOfAnImportAreRefusedOneByOne) {
    std::vector<string> texts = malformed_texts();
    const std::vector<string> foreign = foreign_texts();
    texts.insert(texts.end(), foreign.begin(), foreign.end());
    for (const string& text : texts) {
        const Answer answer =
            ask("POST", "/v1/import", token_, text, "Content-Type: application/x-ndjson\r\n");
        EXPECT_LT(answer.status, 500U) << text.substr(0, 50);
        if (answer.status == 200) {
            EXPECT_NE(answer.body.find(R"({"summary":{"added":0,)"), string::npos)
                << text.substr(0, 50);
        }
    }
    EXPECT_EQ(store_.status().users, 2U);
}

}  // namespace
}  // namespace roster::server
