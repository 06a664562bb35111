#include "storage/memory/user_index.hpp"

#include "unit/storage/support.hpp"

#include <malloc.h>

#include <map>
#include <random>
#include <utility>
#include <vector>

namespace roster::storage {
namespace {

using IndexModel = std::map<UserId, std::string>;

UserRecord record_of(UserId id, std::string_view email) {
    UserRecord record;
    record.id = id;
    record.email = email;
    record.password_hash = "hash";
    // Some have it, some have not.
    if (email.size() % 2 == 0) record.metadata = "{\"b\":2}";
    record.unknown_members = "\"a\":1";
    return record;
}

IndexModel model_of(const UserView& view) {
    IndexModel model;
    for (const auto& chunk : view)
        for (std::size_t i = 0; i < chunk->size(); ++i)
            model[chunk->at(i).id] = chunk->at(i).email;
    return model;
}

// One random change to both; the index must agree with a plain map afterwards.
void change_both(std::mt19937& random, UserIndex& index, IndexModel& model) {
    const UserId id = random() % 2000 + 1;
    const std::string email = std::to_string(random() % 1500) + std::string(random() % 30, 'x');
    if (!model.contains(id)) {
        if (index.insert(record_of(id, email)) == UserIndex::Inserted::yes) model[id] = email;
    } else if (random() % 3 == 0) {
        index.erase(id);
        model.erase(id);
    } else if (!index.find_by_login(email)) {
        index.replace(record_of(id, email));
        model[id] = email;
    }
}

TEST(UserIndex, AgreesWithAPlainMap) {
    std::mt19937 random(7);
    UserIndex index;
    IndexModel model;
    for (int i = 0; i < 30'000; ++i)
        change_both(random, index, model);
    EXPECT_EQ(index.size(), model.size());
    for (const auto& [id, email] : model) {
        ASSERT_TRUE(index.find(id));
        EXPECT_EQ(index.find(id)->email, email);
        EXPECT_EQ(index.find(id)->metadata, email.size() % 2 == 0 ? "{\"b\":2}" : "");
        EXPECT_EQ(index.find(id)->unknown_members, "\"a\":1");
        EXPECT_EQ(index.find_by_login(email)->id, id);
    }
    const UserView view = index.view();
    EXPECT_EQ(model_of(view), model);
}

TEST(UserIndex, AViewStaysAsItWas) {
    std::mt19937 random(11);
    UserIndex index;
    IndexModel model;
    std::vector<std::pair<UserView, IndexModel>> views;
    for (int i = 0; i < 20'000; ++i) {
        change_both(random, index, model);
        if (i % 4000 == 1000) views.emplace_back(index.view(), model);
    }
    for (const auto& [view, expected] : views)
        EXPECT_EQ(model_of(view), expected);
}

TEST(UserIndex, KeepsEveryMember) {
    UserIndex index;
    User user;
    user.id = 7;
    user.email = "a@a";
    user.password_hash = Secret("hash");
    user.role = Role::admin;
    user.disabled = true;
    user.created_at = testing::some_time();
    user.updated_at = testing::some_time() + std::chrono::seconds(1);
    user.revision = 5;
    user.credentials_revision = 4;
    user.metadata = "{\"team\":\"red\"}";
    index.insert(to_record(user));
    const User found = to_user(*index.find(7));
    EXPECT_EQ(found.email, user.email);
    EXPECT_EQ(found.password_hash.reveal(), "hash");
    EXPECT_EQ(found.role, Role::admin);
    EXPECT_TRUE(found.disabled);
    EXPECT_EQ(found.created_at, user.created_at);
    EXPECT_EQ(found.updated_at, user.updated_at);
    EXPECT_EQ(found.revision, 5U);
    EXPECT_EQ(found.credentials_revision, 4U);
    EXPECT_EQ(found.metadata, user.metadata);
    user.metadata = "{}";
    EXPECT_TRUE(to_record(user).metadata.empty()) << "none costs nothing";
    index.replace(to_record(user));
    EXPECT_EQ(to_user(*index.find(7)).metadata, "{}");
}

TEST(UserIndex, RefusesWhatIsTaken) {
    UserIndex index;
    EXPECT_EQ(index.insert(record_of(1, "a@a")), UserIndex::Inserted::yes);
    EXPECT_EQ(index.insert(record_of(1, "b@b")), UserIndex::Inserted::id_taken);
    EXPECT_EQ(index.insert(record_of(2, "A@A")), UserIndex::Inserted::email_taken);
    EXPECT_EQ(index.size(), 1U);
}

TEST(UserIndex, CountsAdministratorsThatCanLogIn) {
    UserIndex index;
    UserRecord record = record_of(1, "a@a");
    record.role = Role::admin;
    index.insert(record);
    EXPECT_EQ(index.admins(), 1U);
    record.disabled = true;
    index.replace(record);
    EXPECT_EQ(index.admins(), 0U);
    record.disabled = false;
    index.replace(record);
    index.erase(1);
    EXPECT_EQ(index.admins(), 0U);
}

TEST(UserIndex, AUserTakesLessThan400Bytes) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "a sanitizer's allocator tells mallinfo2 nothing";
#endif
    constexpr std::size_t kUsers = 100'000;
    UserIndex index;
    const std::size_t before = mallinfo2().uordblks;
    const std::string hash(160, 'h');
    for (UserId id = 1; id <= kUsers; ++id) {
        const std::string email = "somebody." + std::to_string(id) + "@example.com";
        UserRecord record = record_of(id, email);
        record.password_hash = hash;
        record.unknown_members = {};
        index.insert(record);
    }
    EXPECT_LT((mallinfo2().uordblks - before) / kUsers, 400U);
}

}  // namespace
}  // namespace roster::storage
