#include "cli/import_export/import_hashing.hpp"

#include "unit/cli/import_export/fixture.hpp"

#include <gtest/gtest.h>

#include <atomic>

namespace roster::cli {
namespace {

using testing::text_of;

std::vector<ImportedUser> users_with_passwords(std::size_t count) {
    std::vector<ImportedUser> users(count);
    for (std::size_t i = 0; i < count; ++i)
        users[i].password = Secret("pw" + std::to_string(i));
    return users;
}

result<Secret> mark(const Secret& password) {
    return Secret("hash of " + std::string(password.reveal()));
}

TEST(PasswordHashing, GivesEachUserTheHashOfHisOwn) {
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

TEST(PasswordHashing, EndsWithTheFirstFailure) {
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
}  // namespace roster::cli
