#include "cli/import_export/user_readers.hpp"

#include "unit/cli/import_export/fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace roster::cli {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(InputFormat, IsGuessedByTheFirstLine) {
    EXPECT_EQ(guess_input_format("{\"email\":1}"), InputFormat::ndjson);
    EXPECT_EQ(guess_input_format("  {}"), InputFormat::ndjson);
    EXPECT_EQ(guess_input_format("id,\"Email\",role"), InputFormat::csv);
    EXPECT_EQ(guess_input_format("email"), InputFormat::csv);
    EXPECT_EQ(guess_input_format("email;role"), InputFormat::csv);
    EXPECT_EQ(guess_input_format("alice:$2y$05$x"), InputFormat::htpasswd);
    EXPECT_EQ(guess_input_format("# a comment"), InputFormat::htpasswd);
    EXPECT_EQ(guess_input_format("name,e-mail"), std::nullopt);
    EXPECT_EQ(guess_input_format(""), std::nullopt);
}

TEST(InputFormat, HasNames) {
    EXPECT_EQ(parse_input_format("ndjson"), InputFormat::ndjson);
    EXPECT_EQ(parse_input_format("csv"), InputFormat::csv);
    EXPECT_EQ(parse_input_format("htpasswd"), InputFormat::htpasswd);
    EXPECT_EQ(parse_input_format("auto"), std::nullopt);
}

TEST(GuessedFormat, IsReadFromItsFirstLineOn) {
    EXPECT_THAT(read_users("\n{\"email\":\"a@a.com\"}\n{\"email\":\"b@b.com\"}").emails(),
                ElementsAre("a@a.com", "b@b.com"));
    EXPECT_THAT(read_users("\xEF\xBB\xBF"
                           "email\r\na@a.com\r\n")
                    .emails(),
                ElementsAre("a@a.com"));
    EXPECT_THAT(read_users("alice:" + std::string(kBcrypt)).emails(), ElementsAre("alice"));
    const auto nothing = read_users("\n \n");
    EXPECT_THAT(nothing.users, IsEmpty());
    EXPECT_THAT(nothing.problems, IsEmpty());
}

TEST(GuessedFormat, CountsLinesFromTheFirst) {
    EXPECT_THAT(read_users("\n\n{\"email\":1}\n").problem(), HasSubstr("\"email\" must be"));
}

TEST(GuessedFormat, RefusesWhatIsNone) {
    const auto all = read_users("name,mail\nalice,a@a.com\n");
    EXPECT_THAT(all.problem(), HasSubstr("--input-format"));
    EXPECT_EQ(all.problems[0].kind, LineProblem::Kind::ends_reading);
    EXPECT_THAT(read_users("{\n\t\"format\": 1\n}\n").problem(), HasSubstr("over several lines"));
    EXPECT_THAT(read_users("\x7F"
                           "ELF\x02\x01\xFF\n")
                    .problem(),
                HasSubstr("not UTF-8"));
    EXPECT_THAT(read_users(std::string("\xFF\xFE"
                                       "e\0m\0",
                                       6))
                    .problem(),
                HasSubstr("UTF-16"));
    EXPECT_THAT(read_users(std::string(2 * LineSource::kMaxLineBytes, 'x')).problem(),
                HasSubstr("longer than 1 MiB"));
}

}  // namespace
}  // namespace roster::cli
