#include "cli/admin/remote_import.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace roster::cli {
namespace {

User known(UserId id, std::string email, std::string username = "") {
    User user;
    user.id = id;
    user.email = std::move(email);
    user.profile.username = std::move(username);
    return user;
}

UserId found(KnownUsers& users, const std::string& login) {
    const auto user = users.find_by_login(login);
    return user ? user->id : 0;
}

TEST(KnownUsers, AreFoundAsByAStore) {
    KnownUsers users;
    users.add(known(3, "A@a.com", "Anna"));
    users.add(known(5, "b@b.com"));
    EXPECT_EQ(found(users, "a@A.com"), 3U);
    EXPECT_EQ(found(users, "anna"), 3U);
    EXPECT_EQ(found(users, "b@b.com"), 5U);
    EXPECT_EQ(found(users, ""), 0U);
    EXPECT_EQ(found(users, "c@c.com"), 0U);
}

TEST(KnownUsers, TellTheHighestId) {
    KnownUsers users;
    EXPECT_TRUE(users.list(0, 1).empty());
    users.add(known(5, "b@b.com"));
    users.add(known(3, "a@a.com"));
    ASSERT_EQ(users.list(4, 1).size(), 1U);
    EXPECT_EQ(users.list(4, 1).front().id, 5U);
    EXPECT_TRUE(users.list(5, 1).empty());
}

TEST(UserLines, OfOneRequestAreAsManyAsItTakes) {
    CreateUser user("a@a.com", Secret(), Role::user);
    user.metadata = "{\"a\":\"" + std::string(16'000, 'x') + "\"}";
    const std::vector<CreateUser> users(1500, user);
    std::size_t sent = 0;
    std::size_t requests = 0;
    while (sent < users.size()) {
        const std::span<const CreateUser> all(users);
        UserLines lines(all.subspan(sent));
        const ApiSource source = lines.source();
        std::size_t bytes = 0;
        std::size_t line_feeds = 0;
        for (auto part = source(); !part->empty(); part = source()) {
            EXPECT_LT(part->size(), 128U * 1024U);
            bytes += part->size();
            line_feeds += static_cast<std::size_t>(std::count(part->begin(), part->end(), '\n'));
        }
        EXPECT_EQ(line_feeds, lines.sent());
        EXPECT_LT(bytes, UserLines::kMostBytes + 128 * 1024);
        sent += lines.sent();
        ++requests;
    }
    EXPECT_EQ(sent, users.size());
    EXPECT_EQ(requests, 2U);
}

}  // namespace
}  // namespace roster::cli
