#include "cli/import_export/import_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace roster::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

ImportedUser user(std::size_t line, std::string email, std::optional<UserId> id = {}) {
    ImportedUser made;
    made.line = line;
    made.email = std::move(email);
    made.id = id;
    return made;
}

TEST(ImportPlan, NamesBothLinesOfAnEmailThatIsThereTwice) {
    ImportPlan plan;
    plan.add(user(3, "a@a.com"));
    const auto clash = plan.find_clash(user(9, "A@a.com"));
    ASSERT_TRUE(clash);
    EXPECT_EQ(clash->line, 9U);
    EXPECT_EQ(clash->kind, LineProblem::Kind::invalid);
    EXPECT_THAT(clash->text, HasSubstr("A@a.com stands on line 3 already"));
    EXPECT_FALSE(plan.find_clash(user(9, "b@b.com")));
}

TEST(ImportPlan, NamesBothLinesOfAnIdThatIsThereTwice) {
    ImportPlan plan;
    plan.add(user(3, "a@a.com", 7));
    const auto clash = plan.find_clash(user(9, "b@b.com", 7));
    ASSERT_TRUE(clash);
    EXPECT_THAT(clash->text, HasSubstr("id 7 stands on line 3 already"));
    EXPECT_FALSE(plan.find_clash(user(9, "b@b.com", 8)));
}

TEST(ImportPlan, ComesInTheOrderOfIdsAndThenInThatOfTheFile) {
    ImportPlan plan;
    plan.add(user(1, "none1"));
    plan.add(user(2, "nine", 9));
    plan.add(user(3, "none2"));
    plan.add(user(4, "two", 2));
    std::vector<std::string> emails;
    for (const ImportedUser& taken : plan.take())
        emails.push_back(taken.email);
    EXPECT_THAT(emails, ElementsAre("two", "nine", "none1", "none2"));
    EXPECT_FALSE(plan.find_clash(user(9, "nine", 9)));
}

}  // namespace
}  // namespace roster::cli
