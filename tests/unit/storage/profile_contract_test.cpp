// What a user may have beside the e-mail, on every backend.

#include "storage/transfer/store_transfer.hpp"
#include "unit/storage/contract.hpp"

#include <string>
#include <vector>

namespace roster::storage {
namespace {

using namespace roster::storage::testing;

class ProfileContract : public StoreContract {
  protected:
    static UserProfile full_profile(std::string username) {
        UserProfile profile;
        profile.username = std::move(username);
        profile.name = "Bob \"B\" 비";
        profile.groups = {"admins", "media"};
        profile.email_verified_at = some_time() - std::chrono::hours(1);
        profile.locale = "de-CH";
        return profile;
    }

    static CreateUser with_username(std::string email, std::string username) {
        CreateUser user(std::move(email), some_hash(), Role::user);
        user.profile.username = std::move(username);
        return user;
    }

    static UpdateUser to_username(UserId id, std::string username) {
        UpdateUser update(id);
        update.profile.username = std::move(username);
        return update;
    }
};

TEST_P(ProfileContract, AUserKeepsWhatTheyGot) {
    CreateUser user("b@b.com", some_hash(), Role::user);
    user.profile = full_profile("Bob");
    user.last_login_at = some_time() - std::chrono::minutes(1);
    const auto made = apply(user);
    ASSERT_TRUE(made);
    EXPECT_EQ(made->profile, full_profile("Bob"));
    ASSERT_TRUE(apply(create("a@a.com")));
    if (remembers()) open();
    EXPECT_EQ(find(1)->profile, full_profile("Bob"));
    EXPECT_EQ(find(1)->last_login_at, user.last_login_at);
    EXPECT_EQ(find(2)->profile, UserProfile());
    EXPECT_EQ(find(2)->last_login_at, std::nullopt);
}

TEST_P(ProfileContract, ChangesWhatIsSetAndRemovesWhatIsEmpty) {
    CreateUser user("b@b.com", some_hash(), Role::user);
    user.profile = full_profile("Bob");
    ASSERT_TRUE(apply(user));
    UpdateUser update(1);
    update.profile.name = "";
    update.profile.groups = std::vector<std::string>{"z", "a", "z"};
    const auto after = apply(update);
    ASSERT_TRUE(after);
    UserProfile expected = full_profile("Bob");
    expected.name = "";
    expected.groups = {"a", "z"};
    EXPECT_EQ(after->profile, expected);
    update = to_username(1, "");
    update.profile.groups.emplace();
    update.profile.email_verified_at.emplace();
    update.profile.locale = "";
    ASSERT_TRUE(apply(update));
    if (remembers()) open();
    EXPECT_EQ(find(1)->profile, UserProfile());
    EXPECT_EQ(find_by_login("bob").error(), Errc::user_not_found);
}

TEST_P(ProfileContract, AUsernameBelongsToOne) {
    ASSERT_TRUE(apply(with_username("b@b.com", "Bob")));
    EXPECT_EQ(apply(with_username("c@c.com", "bOB")).error(), Errc::username_taken);
    ASSERT_TRUE(apply(with_username("c@c.com", "carl")));
    EXPECT_EQ(apply(to_username(2, "bob")).error(), Errc::username_taken);
    EXPECT_EQ(find(2)->profile.username, "carl");
    EXPECT_EQ(apply(to_username(1, "BOB"))->profile.username, "BOB") << "their own";
    ASSERT_TRUE(apply(to_username(1, "bert")));
    EXPECT_TRUE(apply(to_username(2, "bob")));
    ASSERT_TRUE(apply(EraseUser(2)));
    if (remembers()) open();
    EXPECT_TRUE(apply(with_username("d@d.com", "bob")));
    EXPECT_EQ(apply(with_username("e@e.com", "bert")).error(), Errc::username_taken);
}

// Otherwise one text would mean two users.
TEST_P(ProfileContract, AUsernameIsNoOthersEmail) {
    ASSERT_TRUE(apply(create("bob")));
    EXPECT_EQ(apply(with_username("c@c.com", "BOB")).error(), Errc::username_taken);
    EXPECT_TRUE(apply(to_username(1, "Bob"))) << "one's own e-mail";
    ASSERT_TRUE(apply(with_username("c@c.com", "carl")));
    EXPECT_EQ(apply(create("Carl")).error(), Errc::email_taken);
    UpdateUser update(1);
    update.email = "b@b.com";
    ASSERT_TRUE(apply(update));
    EXPECT_EQ(find_by_login("bob")->id, 1U) << "the username stays";
    EXPECT_EQ(apply(create("bob")).error(), Errc::email_taken);
}

TEST_P(ProfileContract, AGroupOfWritesSeesItsUsernames) {
    EXPECT_EQ(apply_all({with_username("b@b.com", "bob"), with_username("c@c.com", "Bob")}).error(),
              Errc::username_taken);
    EXPECT_TRUE(ids().empty());
    ASSERT_TRUE(apply_all({with_username("b@b.com", "bob"), to_username(1, "bert"),
                           with_username("c@c.com", "bob")}));
    EXPECT_EQ(find_by_login("bob")->id, 2U);
}

TEST_P(ProfileContract, FindsByEmailOrUsername) {
    ASSERT_TRUE(apply(with_username("b@b.com", "Bob")));
    ASSERT_TRUE(apply(with_username("carl", "c.c")));
    if (remembers()) open();
    EXPECT_EQ(find_by_login("B@B.com")->id, 1U);
    EXPECT_EQ(find_by_login("bOb")->id, 1U);
    EXPECT_EQ(find_by_login("CARL")->id, 2U);
    EXPECT_EQ(find_by_login("c.c")->id, 2U);
    for (const char* nobody : {"", "bo", "bobb", "%", "c_c"})
        EXPECT_EQ(find_by_login(nobody).error(), Errc::user_not_found) << nobody;
}

TEST_P(ProfileContract, RefusesWhatItCouldNotReadAgain) {
    ASSERT_TRUE(apply(create("a@a.com")));
    for (const char* bad : {"17", "a b", "a@b", "ä"}) {
        EXPECT_EQ(apply(with_username("b@b.com", bad)).error(), Errc::invalid_request) << bad;
        EXPECT_EQ(apply(to_username(1, bad)).error(), Errc::invalid_request) << bad;
    }
    UpdateUser update(1);
    update.profile.groups = std::vector<std::string>{"A"};
    EXPECT_EQ(apply(update).error(), Errc::invalid_request);
    EXPECT_EQ(find(1)->revision, store_->status().revision);
}

TEST_P(ProfileContract, ANewEmailIsNotVerified) {
    CreateUser user("b@b.com", some_hash(), Role::user);
    user.profile.email_verified_at = some_time();
    ASSERT_TRUE(apply(user));
    UpdateUser update(1);
    update.email = "B@B.com";
    EXPECT_TRUE(apply(update)->profile.email_verified_at) << "the same but for case";
    update.email = "c@c.com";
    EXPECT_FALSE(apply(update)->profile.email_verified_at);
    update.email = "d@d.com";
    update.profile.email_verified_at = some_time();
    EXPECT_TRUE(apply(update)->profile.email_verified_at) << "unless it says so";
}

TEST_P(ProfileContract, AProfileGoesIntoEveryOtherStore) {
    if (!remembers()) return;
    CreateUser user("b@b.com", some_hash(), Role::user);
    user.profile = full_profile("Bob");
    user.last_login_at = some_time();
    ASSERT_TRUE(apply(user));
    store_.reset();
    for (const std::string& kind : backends()) {
        if (kind == "memory") continue;
        const std::string target = new_store_url(kind, directory_ / ("copy." + kind));
        TransferOptions options;
        options.open = test_options();
        copy_store(url(), target, options);
        const auto copy = open_store(target, test_options());
        EXPECT_EQ(run(copy->find(1))->profile, user.profile) << kind;
        EXPECT_EQ(run(copy->find_by_login("bob"))->last_login_at, user.last_login_at) << kind;
    }
}

INSTANTIATE_TEST_SUITE_P(Backends, ProfileContract, ::testing::ValuesIn(backends()),
                         name_of_backend);

}  // namespace
}  // namespace roster::storage
