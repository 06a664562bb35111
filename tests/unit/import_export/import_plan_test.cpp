#include "import_export/import_plan.hpp"

#include "unit/import_export/fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

namespace roster::import_export {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<ImportedUser> users_with_passwords(std::size_t count) {
    std::vector<ImportedUser> users(count);
    for (std::size_t i = 0; i < count; ++i)
        users[i].password = Secret("pw" + std::to_string(i));
    return users;
}

result<Secret> mark(const Secret& password) {
    return Secret("hash of " + std::string(password.reveal()));
}

// Users of a store, by their e-mails; ids from 1.
class FakeView final : public ExistingUsers {
  public:
    std::optional<User> find_by_login(const std::string& login) override {
        for (const User& user : users)
            if (fold_email(user.email) == fold_email(login) ||
                fold_email(user.profile.username) == fold_email(login))
                return user;
        return std::nullopt;
    }
    std::vector<User> list(UserId after, std::size_t limit) override {
        std::vector<User> page;
        for (const User& user : users)
            if (user.id > after && page.size() < limit) page.push_back(user);
        return page;
    }

    std::vector<User> users;
};

class ImportPlanTest : public ::testing::Test {
  protected:
    void add(std::string email) {
        User user;
        user.id = view.users.size() + 1;
        user.email = std::move(email);
        view.users.push_back(std::move(user));
    }

    ImportCount read(std::string text, ImportRules rules = {}) {
        ImportPlan plan(view, rules, [this](const LineProblem& problem) {
            told.push_back(std::to_string(problem.line) + ": " + problem.text +
                           problem.with_option);
        });
        LineSource lines(bytes_of(std::move(text)));
        const auto outcome = read_users(lines, InputFormat::csv, false,
                                        [&](Imported imported) { plan.take(std::move(imported)); });
        EXPECT_TRUE(outcome);
        for (const ImportedUser& user : plan.take_users())
            planned.push_back(user.email + "=" + std::to_string(user.id.value_or(0)));
        return plan.count();
    }

    FakeView view;
    std::vector<std::string> told;
    std::vector<std::string> planned;
};

TEST_F(ImportPlanTest, PlansValidUsers) {
    const auto count = read("email\na@a.com\nb@b.com\n");
    EXPECT_EQ(count.users, 2U);
    EXPECT_EQ(count.refused(), 0U);
    EXPECT_THAT(planned, ElementsAre("a@a.com=0", "b@b.com=0"));
    EXPECT_THAT(told, IsEmpty());
}

TEST_F(ImportPlanTest, AUserOfTheStoreIsAConflict) {
    add("a@a.com");
    const auto count = read("email\nA@a.com\nb@b.com\n");
    EXPECT_EQ(count.users, 1U);
    EXPECT_EQ(count.conflicts, 1U);
    EXPECT_EQ(count.invalid, 0U);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_THAT(told[0], HasSubstr("2: A@a.com is user 1 already"));
}

TEST_F(ImportPlanTest, SkipsUsersOfTheStoreWhenTold) {
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

TEST_F(ImportPlanTest, AnIdThatTheStoreGaveIsAConflict) {
    for (int i = 0; i < 5; ++i)
        add("u" + std::to_string(i));
    const auto count = read("email,id\na@a.com,3\nb@b.com,5\nc@c.com,6\n");
    EXPECT_EQ(count.conflicts, 2U);
    EXPECT_THAT(planned, ElementsAre("c@c.com=6"));
    EXPECT_THAT(told.at(0), HasSubstr("id 3: the store has given ids up to 5 already"));
}

TEST_F(ImportPlanTest, IgnoresIdsWhenTold) {
    add("u");
    ImportRules rules;
    rules.gives_new_ids = true;
    const auto count = read("email,id\na@a.com,1\nb@b.com,1\n", rules);
    EXPECT_EQ(count.refused(), 0U);
    EXPECT_THAT(planned, ElementsAre("a@a.com=0", "b@b.com=0"));
}

TEST_F(ImportPlanTest, ChecksPlainPasswords) {
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

TEST_F(ImportPlanTest, NamesBothLinesOfARepeatedEmailOrId) {
    read("email,id\na@a.com,7\nb@b.com,\nB@b.com,8\nc@c.com,7\n");
    EXPECT_THAT(planned, ElementsAre("a@a.com=7", "b@b.com=0"));
    ASSERT_EQ(told.size(), 2U);
    EXPECT_THAT(told[0], HasSubstr("4: B@b.com is on line 3 already"));
    EXPECT_THAT(told[1], HasSubstr("5: id 7 is on line 2 already"));
}

TEST_F(ImportPlanTest, IsSortedByIdAndThenByLine) {
    read("email,id\nnone1,\nnine,9\nnone2,\ntwo,2\n");
    EXPECT_THAT(planned, ElementsAre("two=2", "nine=9", "none1=0", "none2=0"));
}

TEST_F(ImportPlanTest, ReportsInTheOrderOfTheFile) {
    add("a@a.com");
    read("email,role\nx\na@a.com,\nb@b.com,\nb@b.com,\nc@c.com,boss\n");
    ASSERT_EQ(told.size(), 4U);
    EXPECT_THAT(told[0], HasSubstr("2: 1 cell"));
    EXPECT_THAT(told[1], HasSubstr("3: a@a.com is user"));
    EXPECT_THAT(told[2], HasSubstr("5: b@b.com is on line 4"));
    EXPECT_THAT(told[3], HasSubstr("6: role"));
}

TEST_F(ImportPlanTest, TellsThatItDidNotReadToTheEnd) {
    const auto count = read("email\na@a.com\nb\"b\nc@c.com\n");
    EXPECT_TRUE(count.is_reading_ended);
    EXPECT_EQ(count.invalid, 1U);
}

TEST(PasswordHashing, GivesEachUserTheHashOfTheirOwn) {
    auto users = users_with_passwords(500);
    std::size_t told = 0;
    const auto progress = [&](std::size_t done, std::size_t total) {
        EXPECT_GE(done, told);
        EXPECT_EQ(total, 500U);
        told = done;
    };
    ASSERT_TRUE(hash_passwords(users, mark, progress, 4));
    for (std::size_t i = 0; i < users.size(); ++i) {
        EXPECT_TRUE(users[i].password.empty());
        EXPECT_EQ(text_of(users[i].password_hash), "hash of pw" + std::to_string(i));
    }
    EXPECT_EQ(told, 500U);
}

TEST(PasswordHashing, LeavesTheOthersAlone) {
    std::vector<ImportedUser> users(2);
    users[0].password_hash = Secret("ready");
    const auto refuse = [](const Secret&) -> result<Secret> { return Errc::internal; };
    ASSERT_TRUE(hash_passwords(users, refuse, [](std::size_t, std::size_t) {}));
    EXPECT_EQ(text_of(users[0].password_hash), "ready");
    EXPECT_TRUE(users[1].password_hash.empty());
}

TEST(PasswordHashing, EndsWithAFailure) {
    auto users = users_with_passwords(1000);
    std::atomic<int> calls = 0;
    const auto fail = [&](const Secret&) -> result<Secret> {
        ++calls;
        return Errc::overloaded;
    };
    const auto hashed = hash_passwords(
        users, fail, [](std::size_t, std::size_t) {}, 4);
    EXPECT_EQ(hashed.error(), Errc::overloaded);
    EXPECT_LE(calls, 4);
}

}  // namespace
}  // namespace roster::import_export
