// What a person writes into a live book is taken over, whenever it comes.

#include "unit/storage/json/users_file_fixture.hpp"

#include <string>

namespace roster::storage {
namespace {

using namespace roster::storage::testing;

TEST_F(LiveBookTest, AnEditIsTakenOver) {
    edit(text_with("c@c.com", "m@m.com"));
    EXPECT_EQ(email(3), "m@m.com");
    EXPECT_EQ(book_->users().find_by_email("c@c.com").error(), Errc::user_not_found);
    EXPECT_EQ(book_->write_snapshot(), JsonUserStore::Snapshot::written);
    open();
    EXPECT_EQ(email(3), "m@m.com");
}

TEST_F(LiveBookTest, AnEditIsDurableBeforeTheBookIsWrittenAnew) {
    edit(text_with("c@c.com", "m@m.com"));
    const auto disk = disk_->after_power_cut();
    const JsonUserStore again(open_book(kBook, options_, disk), options_);
    EXPECT_EQ(again.users().find(3)->email, "m@m.com");
}

TEST_F(LiveBookTest, ATextThatStillChangesIsNotTakenYet) {
    disk_->save(kBook, text_with("c@c.com", "x@x.com"));
    book_->take_over_edit();
    disk_->save(kBook, text_with("x@x.com", "y@y.com"));
    book_->take_over_edit();
    EXPECT_EQ(email(3), "c@c.com");
    book_->take_over_edit();
    EXPECT_EQ(email(3), "y@y.com");
}

TEST_F(LiveBookTest, AUserWrittenByAPersonIsCompleted) {
    edit(text_with("\t\t{\n\t\t\t\"id\": 1,",
                   "\t\t{\"email\": \"new@n.com\", \"password\": \"secret\", \"nick\": \"N\"},\n"
                   "\t\t{\n\t\t\t\"id\": 1,"));
    const auto made = book_->users().find_by_email("new@n.com");
    ASSERT_TRUE(made);
    EXPECT_EQ(made->id, 5U);
    EXPECT_EQ(made->role, Role::user);
    EXPECT_EQ(made->password_hash.reveal(), some_hash('H').reveal());
    EXPECT_EQ(book_->write_snapshot(), JsonUserStore::Snapshot::written);
    const std::string text = disk_->text_of(kBook);
    EXPECT_EQ(text.find("secret"), std::string::npos) << "no plain password stays";
    EXPECT_NE(text.find("\"nick\": \"N\""), std::string::npos);
    EXPECT_EQ(commit(create("o@o.com"))->id, 6U);
}

TEST_F(LiveBookTest, APlainPasswordIsHashed) {
    edit(text_with("\"password\": \"" + std::string(some_hash().reveal()) + "\"",
                   "\"password\": \"new one\""));
    EXPECT_EQ(book_->users().find(1)->password_hash.reveal(), some_hash('H').reveal());
    EXPECT_EQ(book_->users().find(2)->password_hash.reveal(), some_hash().reveal());
}

TEST_F(LiveBookTest, AUserThatIsGoneFromTheTextIsErased) {
    edit(text_without("c@c.com"));
    EXPECT_EQ(email(3), "");
    EXPECT_EQ(book_->users().status().users, 3U);
    EXPECT_EQ(commit(create("c@c.com"))->id, 5U) << "the id is not given again";
}

TEST_F(LiveBookTest, EmailsCanBeSwapped) {
    std::string text = text_with("b@b.com", "x@x.com");
    text.replace(text.find("c@c.com"), 7, "b@b.com");
    text.replace(text.find("x@x.com"), 7, "c@c.com");
    edit(text);
    EXPECT_EQ(email(2), "c@c.com");
    EXPECT_EQ(email(3), "b@b.com");
    EXPECT_EQ(book_->users().find_by_email("b@b.com")->id, 3U);
}

TEST_F(LiveBookTest, UnknownMembersOfTheBookAreTakenOver) {
    edit(text_with("\t\"users\"", "\t\"owner\": \"me\",\n\t\"users\""));
    EXPECT_EQ(book_->write_snapshot(), JsonUserStore::Snapshot::written);
    EXPECT_NE(disk_->text_of(kBook).find("\t\"owner\": \"me\",\n"), std::string::npos);
}

TEST_F(LiveBookTest, ABrokenEditIsNamedAndLeftAlone) {
    const std::string broken = text_with("\"c@c.com\"", "c@c.com");
    edit(broken);
    EXPECT_NE(logged().find("/d/users.json:28:13: "), std::string::npos) << logged();
    EXPECT_EQ(email(3), "c@c.com");
    EXPECT_TRUE(commit(create("n@n.com")));
    EXPECT_EQ(book_->write_snapshot(), JsonUserStore::Snapshot::held_back);
    EXPECT_EQ(disk_->text_of(kBook), broken);
    const std::size_t logged_bytes = logged().size();
    read_locked();
    EXPECT_EQ(logged().size(), logged_bytes) << "said once";
}

TEST_F(LiveBookTest, ACorrectedEditIsTakenOverWithWhatHappenedMeanwhile) {
    const std::string good = text_with("c@c.com", "m@m.com");
    edit(text_with("\"c@c.com\"", "m@m.com"));
    commit(create("n@n.com"));
    commit(rename(2, "bb@b.com"));
    edit(good);
    EXPECT_EQ(email(3), "m@m.com");
    EXPECT_EQ(email(5), "n@n.com");
    EXPECT_EQ(email(2), "bb@b.com") << "an old line in the text does not undo a commit";
    EXPECT_EQ(book_->write_snapshot(), JsonUserStore::Snapshot::written);
}

TEST_F(LiveBookTest, AWithdrawnEditIsForgotten) {
    const std::string original = disk_->text_of(kBook);
    edit("{");
    commit(create("n@n.com"));
    edit(original);
    EXPECT_EQ(email(5), "n@n.com");
    EXPECT_EQ(book_->write_snapshot(), JsonUserStore::Snapshot::written);
    EXPECT_NE(disk_->text_of(kBook).find("n@n.com"), std::string::npos);
}

TEST_F(LiveBookTest, AnOldBookPutInItsPlaceIsWhatCounts) {
    edit(old_book());
    EXPECT_EQ(book_->users().status().users, 8U);
    EXPECT_EQ(email(8), "h@h.com");
    EXPECT_EQ(book_->users().find(1)->role, Role::admin);
}

TEST_F(LiveBookTest, ARemovedBookIsWrittenAgain) {
    const std::string before = disk_->text_of(kBook);
    (void)disk_->remove(kBook);
    book_->take_over_edit();
    EXPECT_FALSE(book_->needs_snapshot()) << "an editor may be between two steps";
    book_->take_over_edit();
    EXPECT_EQ(book_->write_snapshot(), JsonUserStore::Snapshot::written);
    EXPECT_EQ(disk_->text_of(kBook), before);
}

// Whenever a person saves while a snapshot is written, before its rename or just after it: his
// text is either taken over or still there.
TEST_F(LiveBookTest, NoEditIsOverwrittenWhenItComesDuringASnapshot) {
    for (std::size_t call = 1; call <= 12; ++call) {
        commit(rename(2, std::to_string(call) + "@b.com"));
        const std::string address = "edit" + std::to_string(call) + "@c.com";
        const std::string text = text_with("\"" + email(3) + "\"", "\"" + address + "\"");
        const std::size_t stop = files_->calls() + call;
        files_->watch = [&] {
            if (files_->calls() == stop) disk_->save(kBook, text);
        };
        (void)book_->write_snapshot();
        files_->watch = nullptr;
        if (files_->calls() < stop) continue;
        read_locked();
        EXPECT_EQ(email(3), address) << "saved at call " << call;
        EXPECT_EQ(email(2), std::to_string(call) + "@b.com");
        EXPECT_EQ(book_->write_snapshot(), JsonUserStore::Snapshot::written);
        EXPECT_NE(disk_->text_of(kBook).find(address), std::string::npos);
    }
}

TEST_F(LiveBookTest, AnEditBetweenTheLastLookAndTheExchangeIsPutBack) {
    const std::string text = text_with("c@c.com", "m@m.com");
    commit(create("n@n.com"));
    files_->before_exchange = [&] { disk_->save(kBook, text); };
    EXPECT_EQ(book_->write_snapshot(), JsonUserStore::Snapshot::held_back);
    EXPECT_EQ(disk_->text_of(kBook), text);
    read_locked();
    EXPECT_EQ(email(3), "m@m.com");
    EXPECT_EQ(email(5), "n@n.com");
}

TEST_F(LiveBookTest, ABookIsReplacedWhereFilesCannotChangePlaces) {
    files_->cannot_exchange = true;
    commit(create("n@n.com"));
    EXPECT_EQ(book_->write_snapshot(), JsonUserStore::Snapshot::written);
    EXPECT_NE(disk_->text_of(kBook).find("n@n.com"), std::string::npos);
    const std::string text = text_with("c@c.com", "m@m.com");
    commit(create("o@o.com"));
    files_->watch = [&] {
        if (files_->last_call().starts_with("sync users.json.tmp")) disk_->save(kBook, text);
    };
    EXPECT_EQ(book_->write_snapshot(), JsonUserStore::Snapshot::held_back);
    EXPECT_EQ(disk_->text_of(kBook), text);
}

TEST_F(LiveBookTest, AnEditOfAStoppedBookMeetsTheJournal) {
    commit(create("n@n.com"));
    commit(rename(2, "bb@b.com"));
    const std::string text = text_with("c@c.com", "m@m.com\", \"nick\": \"offline");
    const auto disk = disk_->after_restart();
    disk->save(kBook, text);
    const JsonUserStore again(open_book(kBook, options_, disk), options_);
    EXPECT_EQ(again.users().find(3)->email, "m@m.com");
    EXPECT_EQ(again.users().find(5)->email, "n@n.com");
    EXPECT_EQ(again.users().find(2)->email, "bb@b.com");
}

TEST_F(LiveBookTest, AUserWrittenIntoAStoppedBookGetsAnIdOfHisOwn) {
    commit(create("n@n.com"));
    const auto disk = disk_->after_restart();
    disk->save(kBook, text_with("\t\t{\n\t\t\t\"id\": 1,",
                                "\t\t{\"email\": \"o@o.com\", \"password\": \"pw\"},\n"
                                "\t\t{\n\t\t\t\"id\": 1,"));
    const JsonUserStore again(open_book(kBook, options_, disk), options_);
    EXPECT_EQ(again.users().find_by_email("n@n.com")->id, 5U);
    EXPECT_EQ(again.users().find_by_email("o@o.com")->id, 6U);
}

}  // namespace
}  // namespace roster::storage
