// Edits that do not fit what the server did meanwhile, or that nobody may make.

#include "unit/storage/json/users_file_fixture.hpp"

#include <string>
#include <vector>

namespace roster::storage {
namespace {

using namespace roster::storage::testing;

TEST_F(JsonUserStoreTest, BothChangingOneUserIsAConflict) {
    const std::string text = text_with("c@c.com", "m@m.com");
    commit(rename(3, "server@c.com"));
    edit(text);
    EXPECT_NE(logged().find("/d/users.json:26:3: user 3 was changed by the server meanwhile"),
              std::string::npos)
        << logged();
    EXPECT_EQ(email(3), "server@c.com");
    EXPECT_EQ(disk_->text_of(kUsersFile), text);
}

TEST_F(JsonUserStoreTest, RemovingAUserWhomTheServerChangedIsAConflict) {
    const std::string text = text_without("c@c.com");
    commit(rename(3, "server@c.com"));
    edit(text);
    EXPECT_EQ(email(3), "server@c.com");
    EXPECT_NE(logged().find("gone from the text"), std::string::npos);
}

TEST_F(JsonUserStoreTest, AUserErasedByTheServerStaysErased) {
    const std::string text = text_with("b@b.com", "m@m.com");
    commit(EraseUser(3));
    edit(text);
    EXPECT_EQ(email(2), "m@m.com");
    EXPECT_EQ(email(3), "");
}

TEST_F(JsonUserStoreTest, AnEmailGivenAwayMeanwhileIsAConflict) {
    const std::string text = text_with("c@c.com", "n@n.com");
    commit(create("N@n.com"));
    edit(text);
    EXPECT_EQ(email(3), "c@c.com");
    EXPECT_NE(logged().find("belongs to another user, 5"), std::string::npos) << logged();
}

TEST_F(JsonUserStoreTest, TheLastAdministratorStaysInAnEditToo) {
    edit(text_with("\"admin\"", "\"user\""));
    EXPECT_EQ(store_->users().find(1)->role, Role::admin);
    EXPECT_NE(logged().find("no administrator would be left"), std::string::npos);
}

TEST_F(JsonUserStoreTest, TheLastAdministratorStaysWhateverAnEditDoes) {
    const std::string hash = "\"password\": \"" + std::string(some_hash().reveal()) + "\"";
    const std::vector<std::string> in_place{
        text_with("\"admin\"", "\"user\""),
        text_with("\"admin\",", "\"admin\",\"disabled\": true,"),
        text_with(hash, "\"password\": \"\""),
    };
    for (const std::string& text : in_place) {
        logged_->clear();
        edit(text);
        EXPECT_NE(logged().find("/d/users.json:6:3: no administrator"), std::string::npos)
            << logged();
        EXPECT_EQ(store_->write_snapshot(), JsonUserStore::Written::not_needed);
        EXPECT_EQ(disk_->text_of(kUsersFile), text) << "left for its author";
    }
    disk_->save(kUsersFile, in_place.front());
    for (const std::string& text : {text_without("a@a.com"), std::string("{\"users\": []}")}) {
        logged_->clear();
        edit(text);
        EXPECT_NE(logged().find("/d/users.json:1:1: no administrator would be left: user 1 "),
                  std::string::npos)
            << logged();
    }
    const auto admin = store_->users().find(1);
    EXPECT_EQ(admin->role, Role::admin);
    EXPECT_FALSE(admin->disabled);
    EXPECT_EQ(admin->password_hash.reveal(), some_hash().reveal());
    EXPECT_EQ(store_->users().status().revision, 4U);
}

TEST_F(JsonUserStoreTest, AnAdministratorWithoutAPasswordIsNoReasonToDropTheOther) {
    commit(CreateUser("nobody@x.com", Secret(), Role::admin));
    EXPECT_EQ(store_->write_snapshot(), JsonUserStore::Written::yes);
    edit(text_with("\"admin\"", "\"user\""));
    EXPECT_EQ(store_->users().find(1)->role, Role::admin);
    EXPECT_NE(logged().find("6:3: no administrator with a password would be left: user 1 "),
              std::string::npos)
        << logged();
}

TEST_F(JsonUserStoreTest, AnAdministratorMayGoWhereTheEditNamesAnother) {
    std::string text = text_with("\"admin\"", "\"user\"");
    text.replace(text.rfind("\"user\""), 6, "\"admin\"");
    edit(text);
    EXPECT_EQ(store_->users().find(1)->role, Role::user);
    EXPECT_EQ(store_->users().find(4)->role, Role::admin);
    EXPECT_NE(logged().find("was edited; 2 users are changed"), std::string::npos) << logged();
}

TEST_F(JsonUserStoreTest, ATextFromAnotherTimeIsRefused) {
    edit(text_with("\"revision\": 4,", "\"revision\": 99,"));
    EXPECT_NE(logged().find("was never given"), std::string::npos) << logged();
}

// What the users were then is not known; taken for the server's or the person's it could be wrong.
TEST_F(JsonUserStoreTest, ATextOfARevisionBetweenTwoUsersFilesIsRefused) {
    const std::string text = text_with("\"revision\": 4,", "\"revision\": 5,");
    commit(rename(2, "x@b.com"));
    commit(rename(2, "y@b.com"));
    EXPECT_EQ(store_->write_snapshot(), JsonUserStore::Written::yes);
    edit(text);
    EXPECT_NE(logged().find("not known any more"), std::string::npos) << logged();
    EXPECT_EQ(email(2), "y@b.com");
}

// However often a user changes, a text made before all that is told from what the server did.
TEST_F(JsonUserStoreTest, ATextStaysUsableWhileTheServerIsBusy) {
    const std::string text = text_with("c@c.com", "m@m.com");
    for (int store = 0; store < 20; ++store) {
        for (int change = 0; change < 50; ++change)
            commit(rename(2, std::to_string(store * 50 + change) + "@b.com"));
        EXPECT_EQ(store_->write_snapshot(), JsonUserStore::Written::yes);
    }
    edit(text);
    EXPECT_EQ(email(3), "m@m.com") << logged();
    EXPECT_EQ(email(2), "999@b.com");
}

}  // namespace
}  // namespace roster::storage
