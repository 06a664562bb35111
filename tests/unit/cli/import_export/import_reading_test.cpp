#include "cli/import_export/import_reading.hpp"

#include "accounts/wait_for.hpp"
#include "unit/cli/import_export/fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

namespace roster::cli {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ImportReadingTest : public ::testing::Test {
  protected:
    void add(std::string email) {
        CreateUser create(std::move(email), Secret(), Role::user);
        ASSERT_TRUE(accounts::wait_for(store->apply(create)));
    }

    ImportCount read(std::string text, ImportRules rules = {}) {
        LineSource lines(bytes_of(std::move(text)));
        const auto reader = make_user_reader(lines, InputFormat::csv, false);
        ImportReading reading(
            *reader, *store, rules,
            [this](const LineProblem& problem) {
                told.push_back(std::to_string(problem.line) + ": " + problem.text);
            },
            [this] { ++ticks; });
        const auto count = accounts::wait_for(reading.run());
        for (const ImportedUser& user : reading.plan().take())
            planned.push_back(user.email + "=" + std::to_string(user.id.value_or(0)));
        return count ? *count : ImportCount();
    }

    std::unique_ptr<Store> store = open_store("memory:", OpenOptions());
    std::vector<std::string> told;
    std::vector<std::string> planned;
    int ticks = 0;
};

TEST_F(ImportReadingTest, PlansWhatIsGood) {
    const auto count = read("email\na@a.com\nb@b.com\n");
    EXPECT_EQ(count.users, 2U);
    EXPECT_EQ(count.refused(), 0U);
    EXPECT_THAT(planned, ElementsAre("a@a.com=0", "b@b.com=0"));
    EXPECT_THAT(told, IsEmpty());
    EXPECT_EQ(ticks, 2);
}

TEST_F(ImportReadingTest, AUserOfTheStoreIsAConflict) {
    add("a@a.com");
    const auto count = read("email\nA@a.com\nb@b.com\n");
    EXPECT_EQ(count.users, 1U);
    EXPECT_EQ(count.conflicts, 1U);
    EXPECT_EQ(count.invalid, 0U);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_THAT(told[0], HasSubstr("2: A@a.com is user 1 of the store already"));
}

TEST_F(ImportReadingTest, PassesOverUsersOfTheStoreWhenTold) {
    add("a@a.com");
    ImportRules rules;
    rules.passes_over_existing = true;
    const auto count = read("email\na@a.com\nb@b.com\n", rules);
    EXPECT_EQ(count.passed_over, 1U);
    EXPECT_EQ(count.refused(), 0U);
    EXPECT_THAT(planned, ElementsAre("b@b.com=0"));
    ASSERT_EQ(told.size(), 1U);
    EXPECT_THAT(told[0], HasSubstr("2: passed over"));
}

TEST_F(ImportReadingTest, AnIdThatTheStoreGaveIsAConflict) {
    for (int i = 0; i < 5; ++i)
        add("u" + std::to_string(i));
    const auto count = read("email,id\na@a.com,3\nb@b.com,5\nc@c.com,6\n");
    EXPECT_EQ(count.conflicts, 2U);
    EXPECT_THAT(planned, ElementsAre("c@c.com=6"));
    EXPECT_THAT(told.at(0), HasSubstr("id 3: the store has given ids up to 5 already"));
}

TEST_F(ImportReadingTest, PassesOverIdsWhenTold) {
    add("u");
    ImportRules rules;
    rules.gives_new_ids = true;
    const auto count = read("email,id\na@a.com,1\nb@b.com,1\n", rules);
    EXPECT_EQ(count.refused(), 0U);
    EXPECT_THAT(planned, ElementsAre("a@a.com=0", "b@b.com=0"));
}

TEST_F(ImportReadingTest, AsksWhetherAPlainPasswordIsGoodEnough) {
    ImportRules rules;
    rules.check_password = [](const Secret& password, std::string_view email) -> result<void> {
        if (password.reveal() == email) return Errc::password_is_email;
        return {};
    };
    const auto count =
        read("email,password,password_hash\na@a.com,a@a.com,\nb@b.com,hunter22,\nc@c.com,," +
                 std::string(kBcrypt) + "\n",
             rules);
    EXPECT_EQ(count.invalid, 1U);
    EXPECT_THAT(planned, ElementsAre("b@b.com=0", "c@c.com=0"));
    EXPECT_THAT(told.at(0), HasSubstr("2: the password must not be the e-mail; leave it out"));
}

TEST_F(ImportReadingTest, TellsInTheOrderOfTheFile) {
    add("a@a.com");
    read("email,role\nx\na@a.com,\nb@b.com,\nb@b.com,\nc@c.com,boss\n");
    ASSERT_EQ(told.size(), 4U);
    EXPECT_THAT(told[0], HasSubstr("2: 1 cells"));
    EXPECT_THAT(told[1], HasSubstr("3: a@a.com is user"));
    EXPECT_THAT(told[2], HasSubstr("5: b@b.com stands on line 4"));
    EXPECT_THAT(told[3], HasSubstr("6: role"));
}

TEST_F(ImportReadingTest, KnowsThatItDidNotReadToTheEnd) {
    const auto count = read("email\na@a.com\nb\"b\nc@c.com\n");
    EXPECT_TRUE(count.is_reading_ended);
    EXPECT_EQ(count.invalid, 1U);
}

TEST_F(ImportReadingTest, PassesAnErrorOfTheSourceOn) {
    LineSource lines([](std::span<char>) {
        return result<std::size_t>(
            boost::system::error_code(EIO, boost::system::system_category()));
    });
    const auto reader = make_user_reader(lines, InputFormat::csv, false);
    ImportReading reading(
        *reader, *store, ImportRules(), [](const LineProblem&) {}, [] {});
    EXPECT_EQ(accounts::wait_for(reading.run()).error().value(), EIO);
}

}  // namespace
}  // namespace roster::cli
