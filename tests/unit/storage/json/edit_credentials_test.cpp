// What an edit of passwords and of the switch does to what was proved before.

#include "unit/storage/json/users_file_fixture.hpp"

#include <string>

namespace roster::storage {
namespace {

using namespace roster::storage::testing;

TEST_F(JsonUserStoreTest, AnEditedPasswordEndsWhatWasProvedBefore) {
    edit(text_with("\"password\": \"" + std::string(some_hash().reveal()) + "\"",
                   "\"password\": \"new one\""));
    EXPECT_EQ(credentials_revision(1), 5U);
    EXPECT_EQ(store_->users().find(1)->revision, 5U);
    EXPECT_EQ(credentials_revision(2), 2U);
    EXPECT_NE(logged().find("was edited; 1 user is changed"), std::string::npos) << logged();
    const JsonUserStore after_cut(kUsersFile, options_, disk_->after_power_cut());
    EXPECT_EQ(after_cut.users().find(1)->credentials_revision, 5U);
    EXPECT_EQ(store_->write_snapshot(), JsonUserStore::Written::yes);
    open();
    EXPECT_EQ(credentials_revision(1), 5U);
}

TEST_F(JsonUserStoreTest, AnEditedHashEndsWhatWasProvedBefore) {
    edit(text_with("\"password\": \"" + std::string(some_hash().reveal()) + "\"",
                   "\"password\": \"" + std::string(some_hash('B').reveal()) + "\""));
    EXPECT_EQ(credentials_revision(1), 5U);
}

TEST_F(JsonUserStoreTest, WhoIsDisabledOrEnabledByAnEditHasToLogInAnew) {
    edit(text_with("\"user\",", "\"user\",\"disabled\": true,"));
    EXPECT_TRUE(store_->users().find(2)->disabled);
    EXPECT_EQ(credentials_revision(2), 5U);
    EXPECT_EQ(store_->write_snapshot(), JsonUserStore::Written::yes);
    edit(text_with("\"disabled\": true,", ""));
    EXPECT_FALSE(store_->users().find(2)->disabled);
    EXPECT_EQ(credentials_revision(2), 6U);
}

TEST_F(JsonUserStoreTest, AnEditOfAnythingElseEndsNothing) {
    edit(text_with("c@c.com", "m@m.com"));
    edit(text_with("b@b.com", "bb@b.com\", \"nick\": \"B"));
    EXPECT_EQ(email(3), "m@m.com");
    EXPECT_EQ(credentials_revision(3), 3U);
    EXPECT_EQ(credentials_revision(2), 2U);
}

// A text says what was once; it must neither end sessions nor bring ended ones back.
TEST_F(JsonUserStoreTest, WhatATextSaysOfCredentialsDoesNotCount) {
    edit(text_with("\"password\": \"" + std::string(some_hash().reveal()) + "\"",
                   "\"password\": \"new one\""));
    EXPECT_EQ(store_->write_snapshot(), JsonUserStore::Written::yes);
    const std::string good = disk_->text_of(kUsersFile);
    edit(text_with(",\n\t\t\t\"credentials_revision\": 5", ""));
    EXPECT_EQ(credentials_revision(1), 5U);
    EXPECT_EQ(store_->users().status().revision, 5U) << "nothing else has changed";
    EXPECT_NE(logged().find("was edited; no user is changed"), std::string::npos) << logged();
    EXPECT_EQ(store_->write_snapshot(), JsonUserStore::Written::yes);
    EXPECT_EQ(disk_->text_of(kUsersFile), good) << "the users file says again what is so";
    edit(text_with("\"credentials_revision\": 5", "\"credentials_revision\": 3,\"nick\": \"A\""));
    EXPECT_EQ(credentials_revision(1), 5U);
    EXPECT_EQ(store_->users().find(1)->revision, 6U);
}

TEST_F(JsonUserStoreTest, WhoComesWithATextHasNewCredentials) {
    commit(EraseUser(3));
    EXPECT_EQ(store_->write_snapshot(), JsonUserStore::Written::yes);
    edit(text_with("\t\t{\n\t\t\t\"id\": 1,",
                   "\t\t{\"id\": 3, \"email\": \"again@c.com\", \"password\": \"\"},\n"
                   "\t\t{\"email\": \"new@c.com\", \"password\": \"\"},\n"
                   "\t\t{\n\t\t\t\"id\": 1,"));
    EXPECT_EQ(email(3), "again@c.com");
    for (const UserId id : {3U, 5U})
        EXPECT_EQ(credentials_revision(id), store_->users().find(id)->revision);
}

TEST_F(JsonUserStoreTest, APasswordWrittenIntoAStoppedUsersFileEndsWhatWasProvedBefore) {
    commit(rename(2, "bb@b.com"));
    std::string text = disk_->text_of(kUsersFile);
    text.replace(text.rfind(some_hash().reveal()), some_hash().size_bytes(), "plain");
    const auto disk = disk_->after_restart();
    disk->save(kUsersFile, text);
    const JsonUserStore again(kUsersFile, options_, disk);
    EXPECT_EQ(again.users().find(4)->password_hash.reveal(), some_hash('H').reveal());
    EXPECT_EQ(again.users().find(4)->credentials_revision, 6U) << "above the journal's changes";
    EXPECT_EQ(again.users().find(4)->revision, 6U);
    EXPECT_EQ(again.users().find(2)->credentials_revision, 2U);
    const JsonUserStore third(kUsersFile, options_, disk->after_power_cut());
    EXPECT_EQ(third.users().find(4)->credentials_revision, 6U);
}

// Between the take-over and the next snapshot the person's own text lies on the disk.
TEST_F(JsonUserStoreTest, ATakenEditIsNotTakenOnceMoreAfterAPowerCut) {
    std::string text = text_with("\"password\": \"" + std::string(some_hash().reveal()) + "\"",
                                 "\"password\": \"typed\"");
    const std::string added = "\t\t{\"email\": \"new@n.com\", \"password\": \"typed\"},\n";
    edit(text.insert(text.find("\t\t{"), added));
    UpdateUser change(1);
    change.password_hash = some_hash('C');
    EXPECT_TRUE(commit(change));
    const JsonUserStore again(kUsersFile, options_, disk_->after_power_cut());
    EXPECT_EQ(again.users().find(1)->password_hash.reveal(), some_hash('C').reveal());
    EXPECT_EQ(again.users().find_by_login("new@n.com")->id, 5U);
    EXPECT_EQ(again.users().status().users, 5U);
    EXPECT_EQ(again.users().status().revision, store_->users().status().revision);
}

TEST_F(JsonUserStoreTest, APasswordForAUserWhomTheJournalErasedIsForgotten) {
    commit(EraseUser(4));
    std::string text = disk_->text_of(kUsersFile);
    const auto at = text.rfind(some_hash().reveal());
    text.replace(at, some_hash().size_bytes(), "plain");
    const auto disk = disk_->after_restart();
    disk->save(kUsersFile, text);
    const JsonUserStore again(kUsersFile, options_, disk);
    EXPECT_EQ(again.users().status().users, 3U);
}

}  // namespace
}  // namespace roster::storage
