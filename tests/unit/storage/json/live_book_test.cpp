#include "storage/json/live_book.hpp"

#include "unit/storage/faults/faulty_file_system.hpp"
#include "unit/storage/faults/memory_file_system.hpp"
#include "unit/storage/support.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include <sstream>
#include <string>
#include <vector>

namespace roster::storage {
namespace {

using namespace roster::storage::testing;

constexpr const char* kBook = "/d/users.json";

// A book of four users: 1 a@a.com (administrator), 2 b@b.com, 3 c@c.com, 4 d@d.com.
class LiveBookTest : public ::testing::Test {
  protected:
    LiveBookTest() {
        options_.log = std::make_shared<spdlog::logger>(
            "test", std::make_shared<spdlog::sinks::ostream_sink_st>(logged_));
        open();
        commit(create("a@a.com", Role::admin));
        for (const char* email : {"b@b.com", "c@c.com", "d@d.com"})
            commit(create(email));
        EXPECT_EQ(book_->write_snapshot(), LiveBook::Snapshot::written);
    }

    void open() {
        book_.reset();
        book_ = std::make_unique<LiveBook>(open_book(kBook, options_, files_), options_);
    }

    result<User> commit(Write write) {
        return book_->commit(std::vector<Write>{std::move(write)}).front();
    }

    static Write rename(UserId id, std::string email) {
        UpdateUser update(id);
        update.email = std::move(email);
        return update;
    }

    // What a person sees in his editor, with one thing replaced by another.
    std::string text_with(std::string_view old, std::string_view with) const {
        std::string text = disk_->text_of(kBook);
        const auto at = text.find(old);
        EXPECT_NE(at, std::string::npos) << old;
        return at == std::string::npos ? text : text.replace(at, old.size(), with);
    }

    // The text without the user whose e-mail this is.
    std::string text_without(const std::string& email) const {
        std::string text = disk_->text_of(kBook);
        const auto at = text.find(email);
        const auto begin = text.rfind("\t\t{", at);
        const auto end = text.find("\t\t}", at) + 3;
        text.erase(begin, end - begin + (text[end] == ',' ? 2 : 1));
        if (text.find(",\n\t]") != std::string::npos) text.erase(text.find(",\n\t]"), 1);
        return text;
    }

    void edit(std::string_view text) {
        disk_->save(kBook, text);
        look();
    }

    void look() {
        book_->take_over_edit();
        book_->take_over_edit();
    }

    std::string email(UserId id) const {
        const auto user = book_->users().find(id);
        return user ? user->email : "";
    }

    Revision credentials_revision(UserId id) const {
        return book_->users().find(id)->credentials_revision;
    }

    std::string logged() const { return logged_.str(); }

    std::ostringstream logged_;
    OpenOptions options_ = test_options();
    std::shared_ptr<MemoryFileSystem> disk_ = std::make_shared<MemoryFileSystem>();
    std::shared_ptr<FaultyFileSystem> files_ = std::make_shared<FaultyFileSystem>(disk_);
    std::unique_ptr<LiveBook> book_;
};

TEST_F(LiveBookTest, ACommitGoesToTheJournalAndTheSnapshotToTheBook) {
    const std::string before = disk_->text_of(kBook);
    commit(create("n@n.com"));
    EXPECT_EQ(disk_->text_of(kBook), before);
    EXPECT_NE(disk_->text_of("/d/users.json.journal").find("n@n.com"), std::string::npos);
    EXPECT_TRUE(book_->needs_snapshot());
    EXPECT_EQ(book_->write_snapshot(), LiveBook::Snapshot::written);
    EXPECT_NE(disk_->text_of(kBook).find("n@n.com"), std::string::npos);
    EXPECT_EQ(disk_->text_of("/d/users.json.journal"), "");
    EXPECT_FALSE(disk_->exists("/d/users.json.journal.next"));
    EXPECT_EQ(book_->write_snapshot(), LiveBook::Snapshot::not_needed);
}

TEST_F(LiveBookTest, ACommitCostsOneSyncWhateverItsSize) {
    const std::size_t before = files_->calls();
    std::vector<Write> writes;
    for (int i = 0; i < 100; ++i)
        writes.push_back(create(std::to_string(i) + "@x.com"));
    book_->commit(writes);
    EXPECT_EQ(files_->calls() - before, 2U) << "one write, one sync";
}

TEST_F(LiveBookTest, AGroupIsOneBatchOfTheJournal) {
    const std::size_t before = files_->calls();
    const auto done = book_->commit_all(
        std::vector<Write>{create("x@x.com"), rename(2, "y@y.com"), EraseUser(3)});
    ASSERT_TRUE(done);
    EXPECT_EQ(files_->calls() - before, 2U) << "one write, one sync";
    ASSERT_EQ(done->size(), 3U);
    EXPECT_EQ(done->at(0).id, 5U);
    EXPECT_EQ(done->at(1).email, "y@y.com");
    EXPECT_EQ(done->at(2).email, "c@c.com") << "as he was";
    const std::string journal = disk_->text_of("/d/users.json.journal");
    EXPECT_TRUE(journal.starts_with("{\"batch\":5,\"count\":3,")) << journal;
    EXPECT_EQ(book_->users().status().revision, 7U);
}

TEST_F(LiveBookTest, AGroupOfWhichOneIsRefusedLeavesNoTrace) {
    const std::size_t before = files_->calls();
    const auto refused = [this](std::vector<Write> writes) {
        return book_->commit_all(writes).error();
    };
    EXPECT_EQ(refused({create("x@x.com"), create("X@x.com"), EraseUser(99)}), Errc::email_taken);
    EXPECT_EQ(refused({rename(2, "y@y.com"), EraseUser(1)}), Errc::last_admin);
    EXPECT_EQ(refused({create("x@x.com"), create("")}), Errc::invalid_request);
    EXPECT_EQ(refused({create("x@x.com"), create("a@a.com"), create("")}), Errc::email_taken)
        << "the first one that is refused";
    EXPECT_EQ(refused({CreateUser("x@x.com", Secret("$argon2id$bad"), Role::user)}),
              Errc::invalid_request);
    EXPECT_TRUE(book_->commit_all({})->empty());
    EXPECT_EQ(files_->calls(), before);
    EXPECT_EQ(email(2), "b@b.com");
    EXPECT_EQ(book_->users().status().revision, 4U);
    EXPECT_EQ(commit(create("x@x.com"))->id, 5U) << "no id is lost either";
}

TEST_F(LiveBookTest, ALargeGroupIsReadAgain) {
    constexpr std::size_t kUsers = 20'000;
    std::vector<Write> writes;
    for (std::size_t i = 0; i < kUsers; ++i)
        writes.push_back(create("somebody." + std::to_string(i) + "@example.com"));
    ASSERT_TRUE(book_->commit_all(writes));
    const LiveBook again(open_book(kBook, options_, disk_->after_power_cut()), options_);
    EXPECT_EQ(again.users().status().users, kUsers + 4);
    EXPECT_EQ(again.users().status().revision, kUsers + 4);
    EXPECT_EQ(again.users().find(kUsers + 4)->email, "somebody.19999@example.com");
}

TEST_F(LiveBookTest, AGroupThatFindsNoSpaceLeavesNoTrace) {
    files_->arm(files_->calls() + 1, Fault::disk_full);
    const std::vector<Write> writes{create("x@x.com"), rename(2, "y@y.com")};
    EXPECT_EQ(book_->commit_all(writes).error(), Errc::store_unavailable);
    EXPECT_EQ(email(2), "b@b.com");
    files_->disarm();
    EXPECT_EQ(book_->commit_all(writes)->front().id, 5U);
    open();
    EXPECT_EQ(book_->users().status().users, 5U);
}

TEST_F(LiveBookTest, ADiskThatWasFullIsUsedAgain) {
    files_->arm(files_->calls() + 1, Fault::disk_full);
    EXPECT_EQ(commit(create("n@n.com")).error(), Errc::store_unavailable);
    EXPECT_EQ(commit(rename(2, "n@n.com")).error(), Errc::store_unavailable);
    EXPECT_EQ(email(2), "b@b.com");
    EXPECT_TRUE(book_->is_writable());
    EXPECT_NE(book_->write_snapshot(), LiveBook::Snapshot::written);
    files_->disarm();
    EXPECT_EQ(commit(create("n@n.com"))->id, 5U);
    EXPECT_EQ(book_->write_snapshot(), LiveBook::Snapshot::written);
    EXPECT_NE(logged().find("can be written again"), std::string::npos);
    open();
    EXPECT_EQ(email(5), "n@n.com");
    EXPECT_EQ(book_->users().status().users, 5U);
}

TEST_F(LiveBookTest, AFailedSyncIsFinal) {
    files_->arm(files_->calls() + 2, Fault::fails);
    EXPECT_EQ(commit(create("n@n.com")).error(), Errc::store_unavailable);
    EXPECT_FALSE(book_->is_writable());
    EXPECT_EQ(commit(create("m@m.com")).error(), Errc::store_unavailable);
    EXPECT_EQ(email(1), "a@a.com") << "reads go on";
    EXPECT_NE(book_->write_snapshot(), LiveBook::Snapshot::written);
    open();
    EXPECT_EQ(book_->users().status().users, 4U);
    EXPECT_TRUE(commit(create("n@n.com")));
}

TEST_F(LiveBookTest, AFailedRenameLeavesTheBookAndNoLitter) {
    commit(create("n@n.com"));
    const std::string before = disk_->text_of(kBook);
    // The book's replacement: create, append, sync, exchange.
    files_->arm(files_->calls() + 6, Fault::fails);
    EXPECT_EQ(book_->write_snapshot(), LiveBook::Snapshot::failed);
    ASSERT_TRUE(files_->struck().starts_with("exchange")) << files_->struck();
    EXPECT_EQ(disk_->text_of(kBook), before);
    for (const std::string& name : disk_->names())
        EXPECT_EQ(name.find(".tmp-"), std::string::npos);
    open();
    EXPECT_EQ(email(5), "n@n.com") << "the journal kept the promise";
}

TEST_F(LiveBookTest, AnEditIsTakenOver) {
    edit(text_with("c@c.com", "m@m.com"));
    EXPECT_EQ(email(3), "m@m.com");
    EXPECT_EQ(book_->users().find_by_email("c@c.com").error(), Errc::user_not_found);
    EXPECT_EQ(book_->write_snapshot(), LiveBook::Snapshot::written);
    open();
    EXPECT_EQ(email(3), "m@m.com");
}

TEST_F(LiveBookTest, AnEditIsDurableBeforeTheBookIsWrittenAnew) {
    edit(text_with("c@c.com", "m@m.com"));
    const auto disk = disk_->after_power_cut();
    const LiveBook again(open_book(kBook, options_, disk), options_);
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
    EXPECT_EQ(book_->write_snapshot(), LiveBook::Snapshot::written);
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
    EXPECT_EQ(book_->write_snapshot(), LiveBook::Snapshot::written);
    EXPECT_NE(disk_->text_of(kBook).find("\t\"owner\": \"me\",\n"), std::string::npos);
}

TEST_F(LiveBookTest, ABrokenEditIsNamedAndLeftAlone) {
    const std::string broken = text_with("\"c@c.com\"", "c@c.com");
    edit(broken);
    EXPECT_NE(logged().find("/d/users.json:28:13: "), std::string::npos) << logged();
    EXPECT_EQ(email(3), "c@c.com");
    EXPECT_TRUE(commit(create("n@n.com")));
    EXPECT_EQ(book_->write_snapshot(), LiveBook::Snapshot::held_back);
    EXPECT_EQ(disk_->text_of(kBook), broken);
    const std::size_t logged_bytes = logged().size();
    look();
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
    EXPECT_EQ(book_->write_snapshot(), LiveBook::Snapshot::written);
}

TEST_F(LiveBookTest, AWithdrawnEditIsForgotten) {
    const std::string original = disk_->text_of(kBook);
    edit("{");
    commit(create("n@n.com"));
    edit(original);
    EXPECT_EQ(email(5), "n@n.com");
    EXPECT_EQ(book_->write_snapshot(), LiveBook::Snapshot::written);
    EXPECT_NE(disk_->text_of(kBook).find("n@n.com"), std::string::npos);
}

TEST_F(LiveBookTest, BothChangingOneUserIsAConflict) {
    const std::string text = text_with("c@c.com", "m@m.com");
    commit(rename(3, "server@c.com"));
    edit(text);
    EXPECT_NE(logged().find("/d/users.json:26:3: user 3 was changed by the server meanwhile"),
              std::string::npos)
        << logged();
    EXPECT_EQ(email(3), "server@c.com");
    EXPECT_EQ(disk_->text_of(kBook), text);
}

TEST_F(LiveBookTest, RemovingAUserWhomTheServerChangedIsAConflict) {
    const std::string text = text_without("c@c.com");
    commit(rename(3, "server@c.com"));
    edit(text);
    EXPECT_EQ(email(3), "server@c.com");
    EXPECT_NE(logged().find("gone from the text"), std::string::npos);
}

TEST_F(LiveBookTest, AUserErasedByTheServerStaysErased) {
    const std::string text = text_with("b@b.com", "m@m.com");
    commit(EraseUser(3));
    edit(text);
    EXPECT_EQ(email(2), "m@m.com");
    EXPECT_EQ(email(3), "");
}

TEST_F(LiveBookTest, AnEmailGivenAwayMeanwhileIsAConflict) {
    const std::string text = text_with("c@c.com", "n@n.com");
    commit(create("N@n.com"));
    edit(text);
    EXPECT_EQ(email(3), "c@c.com");
    EXPECT_NE(logged().find("belongs to another user, 5"), std::string::npos) << logged();
}

TEST_F(LiveBookTest, TheLastAdministratorStaysInAnEditToo) {
    edit(text_with("\"admin\"", "\"user\""));
    EXPECT_EQ(book_->users().find(1)->role, Role::admin);
    EXPECT_NE(logged().find("no administrator would be left"), std::string::npos);
}

TEST_F(LiveBookTest, TheLastAdministratorStaysWhateverAnEditDoes) {
    const std::string hash = "\"password\": \"" + std::string(some_hash().reveal()) + "\"";
    const std::vector<std::string> in_place{
        text_with("\"admin\"", "\"user\""),
        text_with("\"admin\",", "\"admin\",\"disabled\": true,"),
        text_with(hash, "\"password\": \"\""),
    };
    for (const std::string& text : in_place) {
        logged_.str("");
        edit(text);
        EXPECT_NE(logged().find("/d/users.json:6:3: no administrator"), std::string::npos)
            << logged();
        EXPECT_EQ(book_->write_snapshot(), LiveBook::Snapshot::not_needed);
        EXPECT_EQ(disk_->text_of(kBook), text) << "left for its author";
    }
    disk_->save(kBook, in_place.front());
    for (const std::string& text : {text_without("a@a.com"), std::string("{\"users\": []}")}) {
        logged_.str("");
        edit(text);
        EXPECT_NE(logged().find("/d/users.json:1:1: no administrator would be left: user 1 "),
                  std::string::npos)
            << logged();
    }
    const auto admin = book_->users().find(1);
    EXPECT_EQ(admin->role, Role::admin);
    EXPECT_FALSE(admin->disabled);
    EXPECT_EQ(admin->password_hash.reveal(), some_hash().reveal());
    EXPECT_EQ(book_->users().status().revision, 4U);
}

TEST_F(LiveBookTest, AnAdministratorWithoutAPasswordIsNoReasonToDropTheOther) {
    commit(CreateUser("nobody@x.com", Secret(), Role::admin));
    EXPECT_EQ(book_->write_snapshot(), LiveBook::Snapshot::written);
    edit(text_with("\"admin\"", "\"user\""));
    EXPECT_EQ(book_->users().find(1)->role, Role::admin);
    EXPECT_NE(logged().find("6:3: no administrator with a password would be left: user 1 "),
              std::string::npos)
        << logged();
}

TEST_F(LiveBookTest, AnAdministratorMayGoWhereTheEditNamesAnother) {
    std::string text = text_with("\"admin\"", "\"user\"");
    text.replace(text.rfind("\"user\""), 6, "\"admin\"");
    edit(text);
    EXPECT_EQ(book_->users().find(1)->role, Role::user);
    EXPECT_EQ(book_->users().find(4)->role, Role::admin);
    EXPECT_NE(logged().find("was edited; 2 users are changed"), std::string::npos) << logged();
}

TEST_F(LiveBookTest, AnEditedPasswordEndsWhatWasProvedBefore) {
    edit(text_with("\"password\": \"" + std::string(some_hash().reveal()) + "\"",
                   "\"password\": \"new one\""));
    EXPECT_EQ(credentials_revision(1), 5U);
    EXPECT_EQ(book_->users().find(1)->revision, 5U);
    EXPECT_EQ(credentials_revision(2), 2U);
    EXPECT_NE(logged().find("was edited; 1 user is changed"), std::string::npos) << logged();
    const LiveBook after_cut(open_book(kBook, options_, disk_->after_power_cut()), options_);
    EXPECT_EQ(after_cut.users().find(1)->credentials_revision, 5U);
    EXPECT_EQ(book_->write_snapshot(), LiveBook::Snapshot::written);
    open();
    EXPECT_EQ(credentials_revision(1), 5U);
}

TEST_F(LiveBookTest, AnEditedHashEndsWhatWasProvedBefore) {
    edit(text_with("\"password\": \"" + std::string(some_hash().reveal()) + "\"",
                   "\"password\": \"" + std::string(some_hash('B').reveal()) + "\""));
    EXPECT_EQ(credentials_revision(1), 5U);
}

TEST_F(LiveBookTest, WhoIsDisabledOrEnabledByAnEditHasToLogInAnew) {
    edit(text_with("\"user\",", "\"user\",\"disabled\": true,"));
    EXPECT_TRUE(book_->users().find(2)->disabled);
    EXPECT_EQ(credentials_revision(2), 5U);
    EXPECT_EQ(book_->write_snapshot(), LiveBook::Snapshot::written);
    edit(text_with("\"disabled\": true,", ""));
    EXPECT_FALSE(book_->users().find(2)->disabled);
    EXPECT_EQ(credentials_revision(2), 6U);
}

TEST_F(LiveBookTest, AnEditOfAnythingElseEndsNothing) {
    edit(text_with("c@c.com", "m@m.com"));
    edit(text_with("b@b.com", "bb@b.com\", \"nick\": \"B"));
    EXPECT_EQ(email(3), "m@m.com");
    EXPECT_EQ(credentials_revision(3), 3U);
    EXPECT_EQ(credentials_revision(2), 2U);
}

// A text says what was once; it must neither end sessions nor bring ended ones back.
TEST_F(LiveBookTest, WhatATextSaysOfCredentialsDoesNotCount) {
    edit(text_with("\"password\": \"" + std::string(some_hash().reveal()) + "\"",
                   "\"password\": \"new one\""));
    EXPECT_EQ(book_->write_snapshot(), LiveBook::Snapshot::written);
    const std::string good = disk_->text_of(kBook);
    edit(text_with(",\n\t\t\t\"credentials_revision\": 5", ""));
    EXPECT_EQ(credentials_revision(1), 5U);
    EXPECT_EQ(book_->users().status().revision, 5U) << "nothing else has changed";
    EXPECT_NE(logged().find("was edited; no user is changed"), std::string::npos) << logged();
    EXPECT_EQ(book_->write_snapshot(), LiveBook::Snapshot::written);
    EXPECT_EQ(disk_->text_of(kBook), good) << "the book says again what is so";
    edit(text_with("\"credentials_revision\": 5", "\"credentials_revision\": 3,\"nick\": \"A\""));
    EXPECT_EQ(credentials_revision(1), 5U);
    EXPECT_EQ(book_->users().find(1)->revision, 6U);
}

TEST_F(LiveBookTest, WhoComesWithATextHasNewCredentials) {
    commit(EraseUser(3));
    EXPECT_EQ(book_->write_snapshot(), LiveBook::Snapshot::written);
    edit(text_with("\t\t{\n\t\t\t\"id\": 1,",
                   "\t\t{\"id\": 3, \"email\": \"again@c.com\", \"password\": \"\"},\n"
                   "\t\t{\"email\": \"new@c.com\", \"password\": \"\"},\n"
                   "\t\t{\n\t\t\t\"id\": 1,"));
    EXPECT_EQ(email(3), "again@c.com");
    for (const UserId id : {3U, 5U})
        EXPECT_EQ(credentials_revision(id), book_->users().find(id)->revision);
}

TEST_F(LiveBookTest, APasswordWrittenIntoAStoppedBookEndsWhatWasProvedBefore) {
    commit(rename(2, "bb@b.com"));
    std::string text = disk_->text_of(kBook);
    text.replace(text.rfind(some_hash().reveal()), some_hash().size_bytes(), "plain");
    const auto disk = disk_->after_restart();
    disk->save(kBook, text);
    const LiveBook again(open_book(kBook, options_, disk), options_);
    EXPECT_EQ(again.users().find(4)->password_hash.reveal(), some_hash('H').reveal());
    EXPECT_EQ(again.users().find(4)->credentials_revision, 6U) << "above the journal's changes";
    EXPECT_EQ(again.users().find(4)->revision, 6U);
    EXPECT_EQ(again.users().find(2)->credentials_revision, 2U);
    const LiveBook third(open_book(kBook, options_, disk->after_power_cut()), options_);
    EXPECT_EQ(third.users().find(4)->credentials_revision, 6U);
}

// Between the take-over and the next book the person's own text lies on the disk.
TEST_F(LiveBookTest, ATakenEditIsNotTakenOnceMoreAfterAPowerCut) {
    std::string text = text_with("\"password\": \"" + std::string(some_hash().reveal()) + "\"",
                                 "\"password\": \"typed\"");
    const std::string added = "\t\t{\"email\": \"new@n.com\", \"password\": \"typed\"},\n";
    edit(text.insert(text.find("\t\t{"), added));
    UpdateUser change(1);
    change.password_hash = some_hash('C');
    EXPECT_TRUE(commit(change));
    EXPECT_TRUE(commit(rename(5, "newer@n.com")));
    const LiveBook again(open_book(kBook, options_, disk_->after_power_cut()), options_);
    EXPECT_EQ(again.users().find(1)->password_hash.reveal(), some_hash('C').reveal());
    EXPECT_FALSE(again.users().find_by_email("new@n.com"));
    EXPECT_EQ(again.users().find(5)->email, "newer@n.com");
    EXPECT_EQ(again.users().status().users, 5U);
    EXPECT_EQ(again.users().status().revision, book_->users().status().revision);
}

TEST_F(LiveBookTest, ATextFromAnotherTimeIsRefused) {
    edit(text_with("\"revision\": 4,", "\"revision\": 99,"));
    EXPECT_NE(logged().find("was never given"), std::string::npos) << logged();
}

// What the users were then is not known; taken for the server's or the person's it could be wrong.
TEST_F(LiveBookTest, ATextOfARevisionBetweenTwoBooksIsRefused) {
    const std::string text = text_with("\"revision\": 4,", "\"revision\": 5,");
    commit(rename(2, "x@b.com"));
    commit(rename(2, "y@b.com"));
    EXPECT_EQ(book_->write_snapshot(), LiveBook::Snapshot::written);
    edit(text);
    EXPECT_NE(logged().find("not known any more"), std::string::npos) << logged();
    EXPECT_EQ(email(2), "y@b.com");
}

// However often a user changes, a text made before all that is told from what the server did.
TEST_F(LiveBookTest, ATextStaysUsableWhileTheServerIsBusy) {
    const std::string text = text_with("c@c.com", "m@m.com");
    for (int book = 0; book < 20; ++book) {
        for (int change = 0; change < 50; ++change)
            commit(rename(2, std::to_string(book * 50 + change) + "@b.com"));
        EXPECT_EQ(book_->write_snapshot(), LiveBook::Snapshot::written);
    }
    edit(text);
    EXPECT_EQ(email(3), "m@m.com") << logged();
    EXPECT_EQ(email(2), "999@b.com");
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
    EXPECT_EQ(book_->write_snapshot(), LiveBook::Snapshot::written);
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
        look();
        EXPECT_EQ(email(3), address) << "saved at call " << call;
        EXPECT_EQ(email(2), std::to_string(call) + "@b.com");
        EXPECT_EQ(book_->write_snapshot(), LiveBook::Snapshot::written);
        EXPECT_NE(disk_->text_of(kBook).find(address), std::string::npos);
    }
}

TEST_F(LiveBookTest, AnEditBetweenTheLastLookAndTheExchangeIsPutBack) {
    const std::string text = text_with("c@c.com", "m@m.com");
    commit(create("n@n.com"));
    files_->before_exchange = [&] { disk_->save(kBook, text); };
    EXPECT_EQ(book_->write_snapshot(), LiveBook::Snapshot::held_back);
    EXPECT_EQ(disk_->text_of(kBook), text);
    look();
    EXPECT_EQ(email(3), "m@m.com");
    EXPECT_EQ(email(5), "n@n.com");
}

TEST_F(LiveBookTest, ABookIsReplacedWhereFilesCannotChangePlaces) {
    files_->cannot_exchange = true;
    commit(create("n@n.com"));
    EXPECT_EQ(book_->write_snapshot(), LiveBook::Snapshot::written);
    EXPECT_NE(disk_->text_of(kBook).find("n@n.com"), std::string::npos);
    const std::string text = text_with("c@c.com", "m@m.com");
    commit(create("o@o.com"));
    files_->watch = [&] {
        if (files_->last_call().starts_with("sync users.json.tmp")) disk_->save(kBook, text);
    };
    EXPECT_EQ(book_->write_snapshot(), LiveBook::Snapshot::held_back);
    EXPECT_EQ(disk_->text_of(kBook), text);
}

TEST_F(LiveBookTest, AnEditOfAStoppedBookMeetsTheJournal) {
    commit(create("n@n.com"));
    commit(rename(2, "bb@b.com"));
    const std::string text = text_with("c@c.com", "m@m.com\", \"nick\": \"offline");
    const auto disk = disk_->after_restart();
    disk->save(kBook, text);
    const LiveBook again(open_book(kBook, options_, disk), options_);
    EXPECT_EQ(again.users().find(3)->email, "m@m.com");
    EXPECT_EQ(again.users().find(5)->email, "n@n.com");
    EXPECT_EQ(again.users().find(2)->email, "bb@b.com");
}

TEST_F(LiveBookTest, APasswordForAUserWhomTheJournalErasedIsForgotten) {
    commit(EraseUser(4));
    std::string text = disk_->text_of(kBook);
    const auto at = text.rfind(some_hash().reveal());
    text.replace(at, some_hash().size_bytes(), "plain");
    const auto disk = disk_->after_restart();
    disk->save(kBook, text);
    const LiveBook again(open_book(kBook, options_, disk), options_);
    EXPECT_EQ(again.users().status().users, 3U);
}

TEST_F(LiveBookTest, AUserWrittenIntoAStoppedBookGetsAnIdOfHisOwn) {
    commit(create("n@n.com"));
    const auto disk = disk_->after_restart();
    disk->save(kBook, text_with("\t\t{\n\t\t\t\"id\": 1,",
                                "\t\t{\"email\": \"o@o.com\", \"password\": \"pw\"},\n"
                                "\t\t{\n\t\t\t\"id\": 1,"));
    const LiveBook again(open_book(kBook, options_, disk), options_);
    EXPECT_EQ(again.users().find_by_email("n@n.com")->id, 5U);
    EXPECT_EQ(again.users().find_by_email("o@o.com")->id, 6U);
}

}  // namespace
}  // namespace roster::storage
