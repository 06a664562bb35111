#include "cli/import_export/import_reading.hpp"

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

ImportedUser user(std::size_t line, std::string email, std::optional<UserId> id = {}) {
    ImportedUser made;
    made.line = line;
    made.email = std::move(email);
    made.id = id;
    return made;
}

TEST(ImportPlan, NamesBothLinesOfARepeatedEmail) {
    ImportPlan plan;
    plan.add(user(3, "a@a.com"));
    const auto clash = plan.find_clash(user(9, "A@a.com"));
    ASSERT_TRUE(clash);
    EXPECT_EQ(clash->line, 9U);
    EXPECT_EQ(clash->kind, LineProblem::Kind::invalid);
    EXPECT_THAT(clash->text, HasSubstr("A@a.com is on line 3 already"));
    EXPECT_FALSE(plan.find_clash(user(9, "b@b.com")));
}

TEST(ImportPlan, NamesBothLinesOfARepeatedId) {
    ImportPlan plan;
    plan.add(user(3, "a@a.com", 7));
    const auto clash = plan.find_clash(user(9, "b@b.com", 7));
    ASSERT_TRUE(clash);
    EXPECT_THAT(clash->text, HasSubstr("id 7 is on line 3 already"));
    EXPECT_FALSE(plan.find_clash(user(9, "b@b.com", 8)));
}

TEST(ImportPlan, IsSortedByIdAndThenByLine) {
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

// Users of a store, by their e-mails; ids from 1.
class FakeView final : public AdminView {
  public:
    std::optional<User> find(UserId) override { return std::nullopt; }
    std::optional<User> find_by_email(const std::string& email) override {
        for (const User& user : users)
            if (fold_email(user.email) == fold_email(email)) return user;
        return std::nullopt;
    }
    UserPage search(const UserQuery&) override { return {}; }
    std::vector<User> list(UserId after, std::size_t limit) override {
        std::vector<User> page;
        for (const User& user : users)
            if (user.id > after && page.size() < limit) page.push_back(user);
        return page;
    }
    std::vector<Session> sessions_of(const User&) override { return {}; }
    StoreStatus status() override { return {}; }

    std::vector<User> users;
};

class ImportReadingTest : public ::testing::Test {
  protected:
    void add(std::string email) {
        User user;
        user.id = view.users.size() + 1;
        user.email = std::move(email);
        view.users.push_back(std::move(user));
    }

    ImportCount read(std::string text, ImportRules rules = {}) {
        LineSource lines(bytes_of(std::move(text)));
        const auto reader = make_user_reader(lines, InputFormat::csv, false);
        ImportReading reading(
            *reader, view, rules,
            [this](const LineProblem& problem) {
                told.push_back(std::to_string(problem.line) + ": " + problem.text);
            },
            [this] { ++ticks; });
        const auto count = reading.run();
        for (const ImportedUser& user : reading.plan().take())
            planned.push_back(user.email + "=" + std::to_string(user.id.value_or(0)));
        return count ? *count : ImportCount();
    }

    FakeView view;
    std::vector<std::string> told;
    std::vector<std::string> planned;
    int ticks = 0;
};

TEST_F(ImportReadingTest, PlansValidUsers) {
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
    EXPECT_THAT(told[0], HasSubstr("2: A@a.com is user 1 already"));
}

TEST_F(ImportReadingTest, SkipsUsersOfTheStoreWhenTold) {
    add("a@a.com");
    ImportRules rules;
    rules.skips_existing = true;
    const auto count = read("email\na@a.com\nb@b.com\n", rules);
    EXPECT_EQ(count.skipped, 1U);
    EXPECT_EQ(count.refused(), 0U);
    EXPECT_THAT(planned, ElementsAre("b@b.com=0"));
    ASSERT_EQ(told.size(), 1U);
    EXPECT_THAT(told[0], HasSubstr("2: skipped"));
}

TEST_F(ImportReadingTest, AnIdThatTheStoreGaveIsAConflict) {
    for (int i = 0; i < 5; ++i)
        add("u" + std::to_string(i));
    const auto count = read("email,id\na@a.com,3\nb@b.com,5\nc@c.com,6\n");
    EXPECT_EQ(count.conflicts, 2U);
    EXPECT_THAT(planned, ElementsAre("c@c.com=6"));
    EXPECT_THAT(told.at(0), HasSubstr("id 3: the store has given ids up to 5 already"));
}

TEST_F(ImportReadingTest, IgnoresIdsWhenTold) {
    add("u");
    ImportRules rules;
    rules.gives_new_ids = true;
    const auto count = read("email,id\na@a.com,1\nb@b.com,1\n", rules);
    EXPECT_EQ(count.refused(), 0U);
    EXPECT_THAT(planned, ElementsAre("a@a.com=0", "b@b.com=0"));
}

TEST_F(ImportReadingTest, ChecksPlainPasswords) {
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
    EXPECT_THAT(told.at(0), HasSubstr("2: the password must not be the e-mail; remove it"));
}

TEST_F(ImportReadingTest, ReportsInTheOrderOfTheFile) {
    add("a@a.com");
    read("email,role\nx\na@a.com,\nb@b.com,\nb@b.com,\nc@c.com,boss\n");
    ASSERT_EQ(told.size(), 4U);
    EXPECT_THAT(told[0], HasSubstr("2: 1 cells"));
    EXPECT_THAT(told[1], HasSubstr("3: a@a.com is user"));
    EXPECT_THAT(told[2], HasSubstr("5: b@b.com is on line 4"));
    EXPECT_THAT(told[3], HasSubstr("6: role"));
}

TEST_F(ImportReadingTest, TellsThatItDidNotReadToTheEnd) {
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
        *reader, view, ImportRules(), [](const LineProblem&) {}, [] {});
    EXPECT_EQ(reading.run().error().value(), EIO);
}

}  // namespace
}  // namespace roster::cli
