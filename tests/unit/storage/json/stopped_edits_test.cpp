// What a person does to the users file while no server has it open, and after a kill: nothing that
// was acknowledged is lost, and the server starts.

#include "unit/storage/json/users_file_fixture.hpp"

#include <string>

namespace roster::storage {
namespace {

using namespace roster::storage::testing;

class StoppedEdits : public JsonUserStoreTest {
  protected:
    // Killed, and started again with this text.
    void restart_with(const std::optional<std::string>& text) {
        store_.reset();
        disk_ = disk_->after_restart();
        if (text)
            disk_->save(kUsersFile, *text);
        else
            (void)disk_->remove(kUsersFile);
        files_ = std::make_shared<FaultyFileSystem>(disk_);
        logged_ = std::make_shared<test::RecordedLog>();
        options_.log = logged_;
        open();
    }

    std::string text() const { return disk_->text_of(kUsersFile); }
};

// Texts that are no edit of what was written last, with what the log says of them.
TEST_F(StoppedEdits, NothingAcknowledgedIsLostWhateverTheTextIs) {
    const std::string older = text();
    commit(create("n@n.com"));
    EXPECT_EQ(store_->write_snapshot(), JsonUserStore::Written::yes);
    commit(create("o@o.com"));
    const std::string newer = text();
    std::string unknown = newer;
    unknown.replace(unknown.find("\"revision\": 5"), 13, "\"revision\": 9");
    struct Case {
        std::string text;
        std::string says;
    };
    const Case cases[] = {
        {"", "/d/users.json:1:1: "},
        {"{", "/d/users.json:1:2: "},
        {newer.substr(0, newer.size() / 2), "/d/users.json:"},
        {older, "\"revision\" is not known any more"},
        {unknown, "\"revision\" was never given"},
        {old_book(), "has no \"revision\""},
        {"{\"users\":[]}", "has no \"revision\""},
    };
    for (const Case& wrong : cases) {
        SCOPED_TRACE(wrong.text.substr(0, 60));
        restart_with(wrong.text);
        EXPECT_NE(logged().find(wrong.says), std::string::npos) << logged();
        EXPECT_EQ(email(5), "n@n.com");
        EXPECT_EQ(email(6), "o@o.com");
        EXPECT_EQ(store_->status().users, 6U);
        EXPECT_EQ(store_->write_copy(), JsonUserStore::Written::held_back);
        EXPECT_EQ(text(), wrong.text) << "the text is the person's";
    }
    EXPECT_EQ(commit(create("p@p.com"))->id, 7U) << "no id is given twice";
    edit(newer);
    EXPECT_EQ(email(7), "p@p.com") << "a text that is good again is taken over";
    EXPECT_EQ(store_->write_copy(), JsonUserStore::Written::yes);
    EXPECT_NE(text().find("p@p.com"), std::string::npos);
}

TEST_F(StoppedEdits, AMissingTextIsWrittenAgain) {
    commit(create("n@n.com"));
    restart_with(std::nullopt);
    EXPECT_EQ(email(5), "n@n.com");
    EXPECT_EQ(store_->write_copy(), JsonUserStore::Written::yes);
    EXPECT_NE(text().find("n@n.com"), std::string::npos);
    EXPECT_NE(logged().find("was removed"), std::string::npos) << logged();
}

// From a text that was read before, which an editor still has.
TEST_F(StoppedEdits, AnEditFromAnOlderTextMeetsWhatWasAcknowledgedSince) {
    const std::string typed = text_with("c@c.com", "typed@c.com");
    commit(create("n@n.com"));
    EXPECT_EQ(store_->write_copy(), JsonUserStore::Written::yes);
    commit(rename(2, "bb@b.com"));
    restart_with(typed);
    EXPECT_EQ(email(3), "typed@c.com") << logged();
    EXPECT_EQ(email(2), "bb@b.com");
    EXPECT_EQ(email(5), "n@n.com");
    EXPECT_EQ(store_->write_snapshot(), JsonUserStore::Written::yes);
    restart_with(text());
    EXPECT_EQ(email(3), "typed@c.com");
    EXPECT_EQ(logged().find("was edited"), std::string::npos) << logged();
}

TEST_F(StoppedEdits, AnEditThatConflictsWithTheJournalIsNamed) {
    const std::string typed = text_with("c@c.com", "typed@c.com");
    commit(rename(3, "other@c.com"));
    restart_with(typed);
    EXPECT_EQ(email(3), "other@c.com");
    EXPECT_NE(logged().find("/d/users.json:26:3: user 3 was changed by the server meanwhile"),
              std::string::npos)
        << logged();
}

// The server's own text, of a moment before the kill, is no edit.
TEST_F(StoppedEdits, AKillBetweenTwoCopiesIsNoEdit) {
    commit(create("n@n.com"));
    EXPECT_EQ(store_->write_copy(), JsonUserStore::Written::yes);
    commit(EraseUser(4));
    commit(rename(5, "nn@n.com"));
    restart_with(text());
    EXPECT_EQ(email(4), "");
    EXPECT_EQ(email(5), "nn@n.com");
    EXPECT_EQ(store_->status().revision, 7U);
    EXPECT_EQ(logged().find("edit"), std::string::npos) << logged();
    EXPECT_EQ(store_->write_copy(), JsonUserStore::Written::yes);
    EXPECT_NE(text().find("nn@n.com"), std::string::npos);
}

// An editor whose user saves twice without reading what the server wrote in between.
TEST_F(StoppedEdits, ASecondSaveOfTheSameTextConflictsAtItsLine) {
    const std::string first = text_with("\t\t{\n\t\t\t\"id\": 1,",
                                        "\t\t{\"email\": \"o@o.com\", \"password\": \"pw\"},\n"
                                        "\t\t{\n\t\t\t\"id\": 1,");
    edit(first);
    EXPECT_EQ(store_->write_copy(), JsonUserStore::Written::yes);
    std::string second = first;
    second.replace(second.find("d@d.com"), 7, "dd@d.com");
    edit(second);
    EXPECT_NE(logged().find("/d/users.json:6:13: the e-mail \"o@o.com\" belongs"),
              std::string::npos)
        << logged();
    EXPECT_EQ(email(4), "d@d.com");
    EXPECT_EQ(store_->status().users, 5U);
}

// An old store whose server was killed: the copy must not stay behind the new record.
TEST_F(StoppedEdits, AnAdoptedStoreWithAJournalStartsAgainWithoutAnEdit) {
    commit(create("n@n.com"));
    const std::string copy = text();
    restart_with(copy);
    (void)disk_->remove(snapshot_path(kUsersFile));
    disk_->save(kUsersFile, text());
    open();
    restart_with(text());
    EXPECT_EQ(email(5), "n@n.com");
    EXPECT_EQ(logged().find("not taken over"), std::string::npos) << logged();
}

// A start that was killed after it had made the record, and before it emptied the old journal.
TEST_F(StoppedEdits, AnOldJournalThatEndsInsideTheSnapshotDoesNotStopTheNextCommits) {
    commit(create("n@n.com"));
    const std::string old_journal = disk_->text_of("/d/users.json.journal");
    commit(rename(5, "nn@n.com"));
    EXPECT_EQ(store_->write_snapshot(), JsonUserStore::Written::yes);
    store_.reset();
    disk_->save("/d/users.json.journal", old_journal);
    open();
    commit(create("o@o.com"));
    restart_with(text());
    EXPECT_EQ(email(5), "nn@n.com");
    EXPECT_EQ(email(6), "o@o.com");
}

// A store of before: no record, or one of format 1.
TEST_F(StoppedEdits, AnOlderStoreWhoseMembersAreNoProfileStarts) {
    std::string text = text_with("\"format\": 2", "\"format\": 1");
    const std::string at = "\"email\": \"c@c.com\",";
    text.replace(text.find(at), at.size(), at + " \"locale\": \"en_US\",");
    for (const bool has_record : {false, true}) {
        SCOPED_TRACE(has_record);
        store_.reset();
        disk_->save("/d/users.json.base", text);
        if (!has_record) {
            EXPECT_TRUE(disk_->remove("/d/users.json.base"));
        }
        restart_with(text);
        EXPECT_NE(logged().find("1 members have names"), std::string::npos) << logged();
        EXPECT_EQ(email(3), "c@c.com");
        commit(rename(2, "two@b.com"));
        EXPECT_EQ(store_->write_snapshot(), JsonUserStore::Written::yes);
        EXPECT_NE(disk_->text_of(kUsersFile).find("\"old_locale\": \"en_US\""), std::string::npos);
        restart_with(disk_->text_of(kUsersFile));
        EXPECT_EQ(logged().find("not taken over"), std::string::npos) << logged();
        EXPECT_EQ(email(2), "two@b.com");
        commit(rename(2, "b@b.com"));
        store_.reset();
        (void)disk_->remove("/d/users.json.journal");
    }
}

TEST_F(StoppedEdits, APasswordThatBothChangedIsAConflictWhileServed) {
    const std::string typed = text_with(
        "\"password\": \"" + std::string(some_hash().reveal()) + "\"", "\"password\": \"typed\"");
    UpdateUser change(1);
    change.password_hash = some_hash('C');
    commit(change);
    edit(typed);
    EXPECT_EQ(store_->users().find(1)->password_hash.reveal(), some_hash('C').reveal());
    EXPECT_NE(logged().find("user 1 was changed by the server meanwhile"), std::string::npos)
        << logged();
    EXPECT_EQ(text(), typed) << "the text is the person's";
}

TEST_F(StoppedEdits, WhoAnEditTakesAwayIsNamed) {
    edit(text_without("c@c.com"));
    EXPECT_NE(logged().find("erased 1 of them: c@c.com"), std::string::npos) << logged();
}

TEST_F(StoppedEdits, ADamagedSnapshotRefusesTheStart) {
    store_.reset();
    disk_->save(snapshot_path(kUsersFile), "{");
    try {
        open();
        FAIL() << "it started";
    } catch (const StartupError& error) {
        EXPECT_EQ(error.code(), Errc::store_damaged);
        EXPECT_NE(std::string(error.what()).find("/d/users.json.base:1:2: "), std::string::npos)
            << error.what();
    }
}

}  // namespace
}  // namespace roster::storage
