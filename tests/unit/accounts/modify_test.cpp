#include "unit/accounts/fixture.hpp"

namespace roster::accounts {
namespace {

constexpr UserId kAdmin = 1;
constexpr UserId kUser = 2;
constexpr UserId kOther = 3;
constexpr UserId kNobody = 99;

AccountChange change_of(std::string email, std::string_view password) {
    AccountChange change;
    change.email = std::move(email);
    change.password = Secret(password);
    return change;
}

AccountChange role_change(Role role) {
    AccountChange change;
    change.role = role;
    return change;
}

class Modify : public AccountsTest {
  protected:
    void SetUp() override {
        add("admin@a.com", "right", Role::admin);
        add("user@a.com", "right");
        add("other@a.com", "right");
    }

    result<User> modify(Principal who, UserId id, AccountChange change) {
        return await(accounts_.modify(from_anywhere(who), id, std::move(change)));
    }

    const Principal admin_ = Principal::user(kAdmin, Role::admin);
    const Principal user_ = Principal::user(kUser, Role::user);
};

TEST_F(Modify, ChangesEmailAndPassword) {
    const auto user = modify(user_, kUser, change_of("new@a.com", "newer"));
    ASSERT_TRUE(user);
    EXPECT_EQ(user->email, "new@a.com");
    EXPECT_TRUE(user->password_hash.empty());
    EXPECT_FALSE(log_in("user@a.com", "right"));
    EXPECT_FALSE(log_in("new@a.com", "right"));
    EXPECT_TRUE(log_in("new@a.com", "newer"));
}

TEST_F(Modify, LeavesWhatIsNotSet) {
    AccountChange change;
    change.email = "new@a.com";
    ASSERT_TRUE(modify(user_, kUser, change));
    EXPECT_EQ(hasher_.jobs(), 0U);
    EXPECT_TRUE(log_in("new@a.com", "right"));
}

TEST_F(Modify, OnesOwnEmailIsNotTaken) {
    EXPECT_EQ(modify(user_, kUser, change_of("USER@a.com", "right"))->email, "USER@a.com");
}

// Each row breaks its own rule and all that are looked at after it.
TEST_F(Modify, LooksForErrorsInTheDocumentedOrder) {
    const auto nobody = Principal::anonymous();
    EXPECT_EQ(modify(nobody, kNobody, change_of("x", "y")).error(), Errc::email_too_short);
    EXPECT_EQ(modify(nobody, kNobody, change_of("xx", "y")).error(), Errc::password_too_short);
    EXPECT_EQ(modify(nobody, kNobody, change_of("admin@a.com", "yy")).error(), Errc::forbidden);
    EXPECT_EQ(modify(user_, kNobody, change_of("admin@a.com", "yy")).error(), Errc::user_not_found);
    EXPECT_EQ(modify(user_, kOther, change_of("admin@a.com", "yy")).error(), Errc::forbidden);

    auto own_role = role_change(Role::admin);
    own_role.email = "admin@a.com";
    EXPECT_EQ(modify(user_, kUser, own_role).error(), Errc::forbidden);

    auto demotion = role_change(Role::user);
    demotion.email = "user@a.com";
    demotion.expected = 12345;
    EXPECT_EQ(modify(admin_, kAdmin, demotion).error(), Errc::email_taken);
    EXPECT_EQ(hasher_.jobs(), 0U);
    EXPECT_EQ(store_.writes(), 3U);  // those of SetUp
}

TEST_F(Modify, AnAdministratorChangesAnybody) {
    EXPECT_EQ(modify(admin_, kOther, role_change(Role::admin))->role, Role::admin);
    AccountChange disabling;
    disabling.disabled = true;
    EXPECT_TRUE(modify(admin_, kUser, disabling)->disabled);
    EXPECT_TRUE(modify(Principal::machine_operator(), kUser, change_of("m@m.com", "pw12")));
    EXPECT_EQ(modify(admin_, kNobody, disabling).error(), Errc::user_not_found);
}

TEST_F(Modify, TakesAnAdministratorForRoleAndDisabled) {
    AccountChange enabling;
    enabling.disabled = false;
    EXPECT_EQ(modify(user_, kUser, enabling).error(), Errc::forbidden);
    EXPECT_EQ(modify(user_, kUser, role_change(Role::user)).error(), Errc::forbidden);
}

TEST_F(Modify, TakesAnAdministratorForMetadata) {
    AccountChange change;
    change.metadata = R"({"team":"red"})";
    EXPECT_EQ(modify(user_, kUser, change).error(), Errc::forbidden);
    const auto changed = modify(admin_, kUser, change);
    ASSERT_TRUE(changed);
    EXPECT_EQ(changed->metadata, *change.metadata);
    EXPECT_EQ(await(accounts_.view(user_, kUser))->metadata, *change.metadata);
    change.metadata = "null";
    EXPECT_EQ(modify(admin_, kUser, change).error(), Errc::invalid_request);
}

TEST_F(Modify, TheLastAdministratorStays) {
    AccountChange disabling;
    disabling.disabled = true;
    EXPECT_EQ(modify(admin_, kAdmin, role_change(Role::user)).error(), Errc::last_admin);
    EXPECT_EQ(modify(admin_, kAdmin, disabling).error(), Errc::last_admin);
}

TEST_F(Modify, AnotherRevisionThanExpectedChangesNothing) {
    auto change = change_of("new@a.com", "newer");
    change.expected = store_.get(kUser).revision + 1;
    EXPECT_EQ(modify(user_, kUser, change).error(), Errc::revision_mismatch);
    change.expected = store_.get(kUser).revision;
    EXPECT_TRUE(modify(user_, kUser, change));
}

TEST_F(Modify, TheCommitDecidesWhereAnEmailIsTakenMeanwhile) {
    store_.after_find_by_email = [this] { add("new@a.com", "right"); };
    EXPECT_EQ(modify(user_, kUser, change_of("new@a.com", "newer")).error(), Errc::email_taken);
    EXPECT_EQ(store_.get(kUser).email, "user@a.com");
}

TEST_F(Modify, AUserErasedMeanwhileIsNotFound) {
    store_.after_find_by_email = [this] { ASSERT_TRUE(store_.write(EraseUser(kUser))); };
    EXPECT_EQ(modify(user_, kUser, change_of("new@a.com", "newer")).error(), Errc::user_not_found);
}

}  // namespace
}  // namespace roster::accounts
