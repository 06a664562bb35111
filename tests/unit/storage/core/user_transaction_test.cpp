#include "storage/core/user_transaction.hpp"

#include "core/json/user_json.hpp"
#include "storage/memory/user_index.hpp"

#include "unit/storage/support.hpp"

namespace roster::storage {
namespace {

using namespace roster::storage::testing;

TEST(UserTransaction, SeesWhatItDidBefore) {
    UserIndex index;
    UserTransaction batch(index, some_time());
    EXPECT_EQ(batch.apply(create("a@a.com"))->id, 1U);
    EXPECT_EQ(batch.apply(create("A@a.com")).error(), Errc::email_taken);
    UpdateUser update(1);
    update.email = "b@b.com";
    EXPECT_EQ(batch.apply(update)->revision, 2U);
    EXPECT_EQ(batch.apply(create("a@a.com"))->id, 2U) << "the e-mail is free again";
    EXPECT_EQ(batch.apply(create("b@b.com")).error(), Errc::email_taken);
    EXPECT_TRUE(batch.apply(EraseUser(1)));
    EXPECT_EQ(batch.apply(EraseUser(1)).error(), Errc::user_not_found);
    EXPECT_EQ(batch.changes().size(), 4U);
    EXPECT_EQ(index.size(), 0U) << "until it is published";
    apply_changes(batch, index);
    EXPECT_EQ(index.size(), 1U);
    EXPECT_EQ(index.find_by_login("a@a.com")->id, 2U);
    EXPECT_EQ(index.revision, 4U);
    EXPECT_EQ(index.next_id, 3U);
}

TEST(UserTransaction, GivesNoIdThatLeavesNoneForOthers) {
    UserIndex index;
    UserTransaction batch(index, some_time());
    CreateUser high("a@a.com", some_hash(), Role::user);
    high.id = (UserId{1} << 53) - 2;
    EXPECT_EQ(batch.apply(high).error(), Errc::invalid_request);
    high.id = kHighestGivenId;
    EXPECT_TRUE(batch.apply(high));
    EXPECT_EQ(batch.apply(create("b@b.com"))->id, kHighestGivenId + 1);
}

TEST(UserTransaction, CountsAdministratorsWithinIt) {
    UserIndex index;
    UserTransaction batch(index, some_time());
    batch.apply(create("a@a.com", Role::admin));
    batch.apply(create("b@b.com", Role::admin));
    EXPECT_TRUE(batch.apply(EraseUser(1)));
    EXPECT_EQ(batch.apply(EraseUser(2)).error(), Errc::last_admin);
    UpdateUser demote(2);
    demote.role = Role::user;
    EXPECT_EQ(batch.apply(demote).error(), Errc::last_admin);
    batch.apply(create("c@c.com", Role::admin));
    EXPECT_TRUE(batch.apply(demote));
}

TEST(UserTransaction, TwoUsersCanSwapEmailsOverAThird) {
    UserIndex index;
    {
        UserTransaction batch(index, some_time());
        batch.apply(create("a@a.com"));
        batch.apply(create("b@b.com"));
        apply_changes(batch, index);
    }
    UserTransaction batch(index, some_time());
    UpdateUser first(1);
    first.email = "c@c.com";
    UpdateUser second(2);
    second.email = "a@a.com";
    EXPECT_TRUE(batch.apply(first));
    EXPECT_TRUE(batch.apply(second));
    first.email = "b@b.com";
    EXPECT_TRUE(batch.apply(first));
    apply_changes(batch, index);
    EXPECT_EQ(index.find_by_login("a@a.com")->id, 2U);
    EXPECT_EQ(index.find_by_login("b@b.com")->id, 1U);
    EXPECT_FALSE(index.find_by_login("c@c.com"));
}

}  // namespace
}  // namespace roster::storage
