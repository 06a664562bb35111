// What a person writes into an open store is taken over, whenever it comes.

#include "unit/storage/json/users_file_fixture.hpp"

#include <string>

namespace roster::storage {
namespace {

using namespace roster::storage::testing;

TEST_F(JsonUserStoreTest, ATextThatCannotBeReadForAWhileIsTakenOverThen) {
    files_->unreadable = kUsersFile;
    edit(text_with("c@c.com", "x@c.com"));
    read_locked();
    EXPECT_EQ(email(3), "c@c.com");
    const std::string said = logged();
    const auto first = said.find("cannot be read");
    ASSERT_NE(first, std::string::npos) << said;
    EXPECT_EQ(said.find("cannot be read", first + 1), std::string::npos) << said;
    files_->unreadable.clear();
    read_locked();
    EXPECT_EQ(email(3), "x@c.com");
}

TEST_F(JsonUserStoreTest, AnEditIsTakenOver) {
    edit(text_with("c@c.com", "m@m.com"));
    EXPECT_EQ(email(3), "m@m.com");
    EXPECT_EQ(store_->users().find_by_login("c@c.com").error(), Errc::user_not_found);
    EXPECT_EQ(store_->write_snapshot(), JsonUserStore::Written::yes);
    open();
    EXPECT_EQ(email(3), "m@m.com");
}

TEST_F(JsonUserStoreTest, EveryEditIsTold) {
    EXPECT_TRUE(commit(create("n@n.com")));
    EXPECT_EQ(store_->write_snapshot(), JsonUserStore::Written::yes);
    EXPECT_TRUE(edits_.empty()) << "the server writes, too, but edits nothing";
    edit(text_with("c@c.com", "m@m.com"));
    EXPECT_EQ(store_->write_snapshot(), JsonUserStore::Written::yes);
    const std::string added =
        text_with("\t\t{\n\t\t\t\"id\": 1,",
                  "\t\t{\"email\": \"new@n.com\", \"password\": \"pw\"},\n\t\t{\n\t\t\t\"id\": 1,");
    edit(added.substr(0, added.size() / 2));
    read_locked();
    EXPECT_EQ(edits_, (std::vector<std::string>{"1 changed, 0 removed", "refused"}));
    store_.reset();
    disk_->save(kUsersFile, added);
    open();
    EXPECT_EQ(edits_.size(), 3U);
    EXPECT_EQ(edits_.back(), "1 changed, 0 removed") << "while no server had it open";
}

TEST_F(JsonUserStoreTest, AnEditThatRemovesUsersSaysHowMany) {
    const std::string text = disk_->text_of(kUsersFile);
    const auto begin = text.rfind("\t\t{\n");
    const auto end = text.find("\n\t]", begin);
    const auto comma = text.rfind(',', begin);
    edit(text.substr(0, comma) + text.substr(end));
    EXPECT_EQ(edits_, std::vector<std::string>{"0 changed, 1 removed"});
}

TEST_F(JsonUserStoreTest, AnEditIsDurableBeforeTheUsersFileIsWrittenAnew) {
    edit(text_with("c@c.com", "m@m.com"));
    const auto disk = disk_->after_power_cut();
    const JsonUserStore again(kUsersFile, options_, disk);
    EXPECT_EQ(again.users().find(3)->email, "m@m.com");
}

TEST_F(JsonUserStoreTest, ATextThatStillChangesIsNotTakenYet) {
    disk_->save(kUsersFile, text_with("c@c.com", "x@x.com"));
    store_->take_over_edit();
    disk_->save(kUsersFile, text_with("x@x.com", "y@y.com"));
    store_->take_over_edit();
    EXPECT_EQ(email(3), "c@c.com");
    store_->take_over_edit();
    EXPECT_EQ(email(3), "y@y.com");
}

TEST_F(JsonUserStoreTest, AUserWrittenByAPersonIsCompleted) {
    edit(text_with("\t\t{\n\t\t\t\"id\": 1,",
                   "\t\t{\"email\": \"new@n.com\", \"password\": \"secret\", \"nick\": \"N\"},\n"
                   "\t\t{\n\t\t\t\"id\": 1,"));
    const auto made = store_->users().find_by_login("new@n.com");
    ASSERT_TRUE(made);
    EXPECT_EQ(made->id, 5U);
    EXPECT_EQ(made->role, Role::user);
    EXPECT_EQ(made->password_hash.reveal(), some_hash('H').reveal());
    EXPECT_EQ(store_->write_snapshot(), JsonUserStore::Written::yes);
    const std::string text = disk_->text_of(kUsersFile);
    EXPECT_EQ(text.find("secret"), std::string::npos) << "no plain password stays";
    EXPECT_NE(text.find("\"nick\": \"N\""), std::string::npos);
    EXPECT_EQ(commit(create("o@o.com"))->id, 6U);
}

TEST_F(JsonUserStoreTest, APlainPasswordIsHashed) {
    edit(text_with("\"password\": \"" + std::string(some_hash().reveal()) + "\"",
                   "\"password\": \"new one\""));
    EXPECT_EQ(store_->users().find(1)->password_hash.reveal(), some_hash('H').reveal());
    EXPECT_EQ(store_->users().find(2)->password_hash.reveal(), some_hash().reveal());
}

TEST_F(JsonUserStoreTest, AUserThatIsGoneFromTheTextIsErased) {
    edit(text_without("c@c.com"));
    EXPECT_EQ(email(3), "");
    EXPECT_EQ(store_->users().status().users, 3U);
    EXPECT_EQ(commit(create("c@c.com"))->id, 5U) << "the id is not given again";
}

TEST_F(JsonUserStoreTest, AUserThatWasErasedMayBeGivenBackWithItsId) {
    const std::string with_user = disk_->text_of(kUsersFile);
    edit(text_without("c@c.com"));
    EXPECT_EQ(store_->write_snapshot(), JsonUserStore::Written::yes);
    std::string back = with_user;
    back.replace(back.find("\"revision\": 4"), 13, "\"revision\": 5");
    edit(back);
    EXPECT_EQ(email(3), "c@c.com") << logged();
    EXPECT_EQ(credentials_revision(3), 6U);
    EXPECT_EQ(commit(create("n@n.com"))->id, 5U);
}

TEST_F(JsonUserStoreTest, ANewAdministratorMayTakeTheEmailOfTheOldOne) {
    std::string text = text_without("a@a.com");
    text.insert(text.find("\"users\": [") + 10,
                "{\"email\": \"A@a.com\", \"password\": \"x\", \"role\": \"admin\"},");
    edit(text);
    EXPECT_EQ(email(1), "") << logged();
    EXPECT_EQ(email(5), "A@a.com");
    open();
    EXPECT_EQ(email(5), "A@a.com") << "the journal has it";
}

TEST_F(JsonUserStoreTest, EmailsCanBeSwapped) {
    std::string text = text_with("b@b.com", "x@x.com");
    text.replace(text.find("c@c.com"), 7, "b@b.com");
    text.replace(text.find("x@x.com"), 7, "c@c.com");
    edit(text);
    EXPECT_EQ(email(2), "c@c.com");
    EXPECT_EQ(email(3), "b@b.com");
    EXPECT_EQ(store_->users().find_by_login("b@b.com")->id, 3U);
}

TEST_F(JsonUserStoreTest, UnknownMembersOfTheUsersFileAreTakenOver) {
    edit(text_with("\t\"users\"", "\t\"owner\": \"me\",\n\t\"users\""));
    EXPECT_EQ(store_->write_snapshot(), JsonUserStore::Written::yes);
    EXPECT_NE(disk_->text_of(kUsersFile).find("\t\"owner\": \"me\",\n"), std::string::npos);
}

TEST_F(JsonUserStoreTest, ABrokenEditIsNamedAndLeftAlone) {
    const std::string broken = text_with("\"c@c.com\"", "c@c.com");
    edit(broken);
    EXPECT_NE(logged().find("/d/users.json:28:13: "), std::string::npos) << logged();
    EXPECT_EQ(email(3), "c@c.com");
    EXPECT_TRUE(commit(create("n@n.com")));
    EXPECT_EQ(store_->write_snapshot(), JsonUserStore::Written::held_back);
    EXPECT_EQ(disk_->text_of(kUsersFile), broken);
    const std::size_t logged_bytes = logged().size();
    read_locked();
    EXPECT_EQ(logged().size(), logged_bytes) << "said once";
}

TEST_F(JsonUserStoreTest, AByteOrderMarkIsPassedOver) {
    edit("\xEF\xBB\xBF" + text_with("c@c.com", "m@m.com"));
    EXPECT_EQ(email(3), "m@m.com");
    EXPECT_EQ(store_->write_snapshot(), JsonUserStore::Written::yes);
    EXPECT_TRUE(disk_->text_of(kUsersFile).starts_with("{"));
}

TEST_F(JsonUserStoreTest, NobodyGetsAnEmailThatLooksLikeAnotherOne) {
    std::vector<std::string> texts;
    for (const char* deceptive : {"b@b.com ", "b@b.com\u00A0", "b@b\u200B.com"})
        texts.push_back(text_with("c@c.com", deceptive));
    for (const std::string& deceptive : texts) {
        edit(deceptive);
        EXPECT_EQ(email(3), "c@c.com") << deceptive;
        EXPECT_NE(logged().find("has spaces around it, or invisible"), std::string::npos);
    }
}

TEST_F(JsonUserStoreTest, ACorrectedEditIsTakenOverWithWhatHappenedMeanwhile) {
    const std::string good = text_with("c@c.com", "m@m.com");
    edit(text_with("\"c@c.com\"", "m@m.com"));
    commit(create("n@n.com"));
    commit(rename(2, "bb@b.com"));
    edit(good);
    EXPECT_EQ(email(3), "m@m.com");
    EXPECT_EQ(email(5), "n@n.com");
    EXPECT_EQ(email(2), "bb@b.com") << "an old line in the text does not undo a commit";
    EXPECT_EQ(store_->write_snapshot(), JsonUserStore::Written::yes);
}

TEST_F(JsonUserStoreTest, AWithdrawnEditIsForgotten) {
    const std::string original = disk_->text_of(kUsersFile);
    edit("{");
    commit(create("n@n.com"));
    edit(original);
    EXPECT_EQ(email(5), "n@n.com");
    EXPECT_EQ(store_->write_snapshot(), JsonUserStore::Written::yes);
    EXPECT_NE(disk_->text_of(kUsersFile).find("n@n.com"), std::string::npos);
}

TEST_F(JsonUserStoreTest, AnOldUsersFilePutInItsPlaceIsWhatCounts) {
    edit(old_book());
    EXPECT_EQ(store_->users().status().users, 8U);
    EXPECT_EQ(email(8), "h@h.com");
    EXPECT_EQ(store_->users().find(1)->role, Role::admin);
}

TEST_F(JsonUserStoreTest, ARemovedUsersFileIsWrittenAgain) {
    const std::string before = disk_->text_of(kUsersFile);
    (void)disk_->remove(kUsersFile);
    store_->take_over_edit();
    EXPECT_FALSE(store_->needs_copy()) << "an editor may be between two steps";
    store_->take_over_edit();
    EXPECT_EQ(store_->write_snapshot(), JsonUserStore::Written::yes);
    EXPECT_EQ(disk_->text_of(kUsersFile), before);
}

// Whenever a person saves while a snapshot is written, before its rename or just after it: the
// text is either taken over or still there.
TEST_F(JsonUserStoreTest, NoEditIsOverwrittenWhenItComesDuringASnapshot) {
    for (std::size_t call = 1; call <= 12; ++call) {
        commit(rename(2, std::to_string(call) + "@b.com"));
        const std::string address = "edit" + std::to_string(call) + "@c.com";
        const std::string text = text_with("\"" + email(3) + "\"", "\"" + address + "\"");
        const std::size_t stop = files_->calls() + call;
        files_->watch = [&] {
            if (files_->calls() == stop) disk_->save(kUsersFile, text);
        };
        (void)store_->write_snapshot();
        files_->watch = nullptr;
        if (files_->calls() < stop) continue;
        read_locked();
        EXPECT_EQ(email(3), address) << "saved at call " << call;
        EXPECT_EQ(email(2), std::to_string(call) + "@b.com");
        EXPECT_EQ(store_->write_snapshot(), JsonUserStore::Written::yes);
        EXPECT_NE(disk_->text_of(kUsersFile).find(address), std::string::npos);
    }
}

TEST_F(JsonUserStoreTest, AnEditBetweenTheLastLookAndTheExchangeIsPutBack) {
    const std::string text = text_with("c@c.com", "m@m.com");
    commit(create("n@n.com"));
    files_->before_exchange = [&] { disk_->save(kUsersFile, text); };
    EXPECT_EQ(store_->write_snapshot(), JsonUserStore::Written::held_back);
    EXPECT_EQ(disk_->text_of(kUsersFile), text);
    read_locked();
    EXPECT_EQ(email(3), "m@m.com");
    EXPECT_EQ(email(5), "n@n.com");
}

TEST_F(JsonUserStoreTest, AUsersFileIsReplacedWhereFilesCannotChangePlaces) {
    files_->cannot_exchange = true;
    commit(create("n@n.com"));
    EXPECT_EQ(store_->write_snapshot(), JsonUserStore::Written::yes);
    EXPECT_NE(disk_->text_of(kUsersFile).find("n@n.com"), std::string::npos);
    const std::string text = text_with("c@c.com", "m@m.com");
    commit(create("o@o.com"));
    files_->watch = [&] {
        if (files_->last_call().starts_with("sync users.json.tmp")) disk_->save(kUsersFile, text);
    };
    EXPECT_EQ(store_->write_snapshot(), JsonUserStore::Written::held_back);
    EXPECT_EQ(disk_->text_of(kUsersFile), text);
}

TEST_F(JsonUserStoreTest, AnEditOfAStoppedUsersFileMeetsTheJournal) {
    commit(create("n@n.com"));
    commit(rename(2, "bb@b.com"));
    const std::string text = text_with("c@c.com", "m@m.com\", \"nick\": \"offline");
    const auto disk = disk_->after_restart();
    disk->save(kUsersFile, text);
    const JsonUserStore again(kUsersFile, options_, disk);
    EXPECT_EQ(again.users().find(3)->email, "m@m.com");
    EXPECT_EQ(again.users().find(5)->email, "n@n.com");
    EXPECT_EQ(again.users().find(2)->email, "bb@b.com");
}

TEST_F(JsonUserStoreTest, AUserWrittenIntoAStoppedUsersFileGetsAnIdOfHisOwn) {
    commit(create("n@n.com"));
    const auto disk = disk_->after_restart();
    disk->save(kUsersFile, text_with("\t\t{\n\t\t\t\"id\": 1,",
                                     "\t\t{\"email\": \"o@o.com\", \"password\": \"pw\"},\n"
                                     "\t\t{\n\t\t\t\"id\": 1,"));
    const JsonUserStore again(kUsersFile, options_, disk);
    EXPECT_EQ(again.users().find_by_login("n@n.com")->id, 5U);
    EXPECT_EQ(again.users().find_by_login("o@o.com")->id, 6U);
}

TEST_F(JsonUserStoreTest, AProfileIsEditedMemberByMember) {
    UpdateUser update(2);
    update.profile.username = "bob";
    update.profile.groups = std::vector<std::string>{"media"};
    ASSERT_TRUE(commit(update));
    ASSERT_EQ(store_->write_copy(), JsonUserStore::Written::yes);
    edit(text_with("\"username\": \"bob\"", "\"username\": \"Bert\",\n\t\t\t\"name\": \"B\""));
    const auto user = store_->users().find_by_login("bert");
    ASSERT_TRUE(user) << logged();
    EXPECT_EQ(user->profile.name, "B");
    EXPECT_EQ(user->profile.groups, std::vector<std::string>{"media"});
    EXPECT_EQ(store_->users().find_by_login("bob").error(), Errc::user_not_found);
}

TEST_F(JsonUserStoreTest, UsernamesAreExchangedInOneEdit) {
    for (const UserId id : {2, 3}) {
        UpdateUser update(id);
        update.profile.username = "name" + std::to_string(id);
        ASSERT_TRUE(commit(update));
    }
    ASSERT_EQ(store_->write_copy(), JsonUserStore::Written::yes);
    std::string text = text_with("name2", "nameX");
    text.replace(text.find("name3"), 5, "name2");
    text.replace(text.find("nameX"), 5, "name3");
    edit(text);
    EXPECT_EQ(store_->users().find_by_login("name3")->id, 2U) << logged();
    EXPECT_EQ(store_->users().find_by_login("name2")->id, 3U);
}

TEST_F(JsonUserStoreTest, AUsernameOfAnotherUserIsAConflict) {
    UpdateUser update(2);
    update.profile.username = "bob";
    ASSERT_TRUE(commit(update));
    ASSERT_EQ(store_->write_copy(), JsonUserStore::Written::yes);
    edit(text_with("\"email\": \"c@c.com\"", "\"email\": \"c@c.com\", \"username\": \"BOB\""));
    EXPECT_NE(logged().find("two users have the username \"BOB\""), std::string::npos) << logged();
    EXPECT_EQ(store_->users().find_by_login("bob")->id, 2U);
}

TEST_F(JsonUserStoreTest, AVerifiedEmailIsWhatTheTextSays) {
    edit(text_with("\"email\": \"b@b.com\"",
                   "\"email\": \"new@b.com\", \"email_verified_at\": \"2026-11-22T09:00:00Z\""));
    EXPECT_EQ(store_->users().find(2)->profile.email_verified_at, some_time()) << logged();
    ASSERT_EQ(store_->write_copy(), JsonUserStore::Written::yes);
    edit(text_with("new@b.com", "other@b.com"));
    EXPECT_EQ(store_->users().find(2)->profile.email_verified_at, some_time());
}

TEST_F(JsonUserStoreTest, ALastLogInIsNeverWhatTheTextSaysButOfANewUser) {
    edit(text_with("\"email\": \"b@b.com\"",
                   "\"email\": \"b@b.com\", \"last_login_at\": \"2026-11-22T09:00:00Z\""));
    EXPECT_EQ(store_->users().find(2)->last_login_at, std::nullopt);
    edit(text_with("\t\t{\n\t\t\t\"id\": 1,",
                   "\t\t{\"email\": \"new@n.com\", \"password\": \"\", \"last_login_at\": "
                   "\"2026-11-22T09:00:00Z\"},\n\t\t{\n\t\t\t\"id\": 1,"));
    EXPECT_EQ(store_->users().find_by_login("new@n.com")->last_login_at, some_time()) << logged();
}

TEST_F(JsonUserStoreTest, ALogInAloneNeitherWritesTheFileNorMeetsAnEdit) {
    const std::string text = text_with("b@b.com", "m@m.com");
    Session session;
    session.user = 2;
    session.created_at = session.last_seen_at = session.expires_at = some_time();
    ASSERT_TRUE(store_->commit_sessions(std::vector<SessionWrite>{CreateSession(session, 9)})[0]);
    EXPECT_FALSE(store_->needs_copy());
    edit(text);
    EXPECT_EQ(email(2), "m@m.com") << logged();
    EXPECT_EQ(store_->users().find(2)->last_login_at, some_time());
    ASSERT_EQ(store_->write_copy(), JsonUserStore::Written::yes);
    EXPECT_NE(disk_->text_of(kUsersFile).find("\"last_login_at\": \"2026-11-22T09:00:00Z\""),
              std::string::npos);
}

}  // namespace
}  // namespace roster::storage
