#include "protocol/http/problem.hpp"

#include "protocol/syntax.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace roster::protocol::http {
namespace {

TEST(HttpProblem, HasAllMembersOfItsErrors) {
    std::vector<FieldError> errors;
    errors.emplace_back("/password", "too_short", "must have at least 8 characters");
    errors.back().params.emplace_back("min", 8);
    errors.emplace_back("/a\"b", "missing", "is needed");
    std::string one;
    append_problem(validation_failed({errors[0]}), "/v1/users", "id", one);
    EXPECT_EQ(one,
              "{\"type\":\"urn:roster:problem:validation_failed\",\"title\":\"Invalid request\","
              "\"status\":422,\"code\":\"validation_failed\",\"detail\":\"1 field is invalid\","
              "\"instance\":\"/v1/users\",\"request_id\":\"id\",\"errors\":[{\"pointer\":"
              "\"/password\",\"code\":\"too_short\",\"detail\":\"must have at least 8 "
              "characters\",\"params\":{\"min\":8}}]}");
    std::string two;
    append_problem(validation_failed(errors), "", "", two);
    EXPECT_NE(two.find("\"2 fields are invalid\",\"errors\":[{"), two.npos);
    EXPECT_NE(two.find("},{\"pointer\":\"/a\\\"b\""), two.npos);
}

TEST(HttpProblem, EveryKindIsAnError) {
    std::set<std::string_view> codes;
    for (const ProblemKind& kind : problem_kinds()) {
        EXPECT_TRUE(codes.insert(kind.code).second) << kind.code;
        EXPECT_NE(reason_phrase(kind.status), "") << kind.status;
        EXPECT_GE(kind.status, 400U);
        EXPECT_EQ(kind_of(kind.problem).code, kind.code);
    }
}

}  // namespace
}  // namespace roster::protocol::http
