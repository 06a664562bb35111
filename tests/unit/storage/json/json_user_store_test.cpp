// What an open store does with commits and with its own snapshots.

#include "storage/json/json_maintenance.hpp"
#include "unit/storage/json/users_file_fixture.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace roster::storage {
namespace {

using namespace roster::storage::testing;

TEST_F(JsonUserStoreTest, ACommitGoesToTheJournalAndTheSnapshotToTheUsersFile) {
    const std::string before = disk_->text_of(kUsersFile);
    commit(create("n@n.com"));
    EXPECT_EQ(disk_->text_of(kUsersFile), before);
    EXPECT_NE(disk_->text_of("/d/users.json.journal").find("n@n.com"), std::string::npos);
    EXPECT_TRUE(store_->needs_copy());
    EXPECT_EQ(store_->write_snapshot(), JsonUserStore::Written::yes);
    EXPECT_NE(disk_->text_of(kUsersFile).find("n@n.com"), std::string::npos);
    EXPECT_EQ(disk_->text_of("/d/users.json.journal"), "");
    EXPECT_FALSE(disk_->exists("/d/users.json.journal.next"));
    EXPECT_EQ(store_->write_snapshot(), JsonUserStore::Written::not_needed);
}

TEST_F(JsonUserStoreTest, ACommitCostsOneSyncWhateverItsSize) {
    const std::size_t before = files_->calls();
    std::vector<Write> writes;
    for (int i = 0; i < 100; ++i)
        writes.push_back(create(std::to_string(i) + "@x.com"));
    store_->commit(writes);
    EXPECT_EQ(files_->calls() - before, 2U) << "one write, one sync";
}

TEST_F(JsonUserStoreTest, AGroupIsOneBatchOfTheJournal) {
    const std::size_t before = files_->calls();
    const auto done = store_->commit_all(
        std::vector<Write>{create("x@x.com"), rename(2, "y@y.com"), EraseUser(3)});
    ASSERT_TRUE(done);
    EXPECT_EQ(files_->calls() - before, 2U) << "one write, one sync";
    ASSERT_EQ(done->size(), 3U);
    EXPECT_EQ(done->at(0).id, 5U);
    EXPECT_EQ(done->at(1).email, "y@y.com");
    EXPECT_EQ(done->at(2).email, "c@c.com") << "as it was";
    const std::string journal = disk_->text_of("/d/users.json.journal");
    EXPECT_TRUE(journal.starts_with("{\"batch\":5,\"count\":3,")) << journal;
    EXPECT_EQ(store_->users().status().revision, 7U);
}

TEST_F(JsonUserStoreTest, AGroupOfWhichOneIsRefusedLeavesNoTrace) {
    const std::size_t before = files_->calls();
    const auto refused = [this](std::vector<Write> writes) {
        return store_->commit_all(writes).error();
    };
    EXPECT_EQ(refused({create("x@x.com"), create("X@x.com"), EraseUser(99)}), Errc::email_taken);
    EXPECT_EQ(refused({rename(2, "y@y.com"), EraseUser(1)}), Errc::last_admin);
    EXPECT_EQ(refused({create("x@x.com"), create("")}), Errc::invalid_request);
    EXPECT_EQ(refused({create("x@x.com"), create("a@a.com"), create("")}), Errc::email_taken)
        << "the first one that is refused";
    EXPECT_EQ(refused({CreateUser("x@x.com", Secret("$argon2id$bad"), Role::user)}),
              Errc::invalid_request);
    EXPECT_TRUE(store_->commit_all({})->empty());
    EXPECT_EQ(files_->calls(), before);
    EXPECT_EQ(email(2), "b@b.com");
    EXPECT_EQ(store_->users().status().revision, 4U);
    EXPECT_EQ(commit(create("x@x.com"))->id, 5U) << "no id is lost either";
}

TEST_F(JsonUserStoreTest, ALargeGroupIsReadAgain) {
    constexpr std::size_t kUsers = 20'000;
    std::vector<Write> writes;
    for (std::size_t i = 0; i < kUsers; ++i)
        writes.push_back(create("somebody." + std::to_string(i) + "@example.com"));
    ASSERT_TRUE(store_->commit_all(writes));
    const JsonUserStore again(kUsersFile, options_, disk_->after_power_cut());
    EXPECT_EQ(again.users().status().users, kUsers + 4);
    EXPECT_EQ(again.users().status().revision, kUsers + 4);
    EXPECT_EQ(again.users().find(kUsers + 4)->email, "somebody.19999@example.com");
}

TEST_F(JsonUserStoreTest, AGroupThatFindsNoSpaceLeavesNoTrace) {
    files_->arm(files_->calls() + 1, Fault::disk_full);
    const std::vector<Write> writes{create("x@x.com"), rename(2, "y@y.com")};
    EXPECT_EQ(store_->commit_all(writes).error(), Errc::store_unavailable);
    EXPECT_EQ(email(2), "b@b.com");
    files_->disarm();
    EXPECT_EQ(store_->commit_all(writes)->front().id, 5U);
    open();
    EXPECT_EQ(store_->users().status().users, 5U);
}

TEST_F(JsonUserStoreTest, ADiskThatWasFullIsUsedAgain) {
    files_->arm(files_->calls() + 1, Fault::disk_full);
    EXPECT_EQ(commit(create("n@n.com")).error(), Errc::store_unavailable);
    EXPECT_EQ(commit(rename(2, "n@n.com")).error(), Errc::store_unavailable);
    EXPECT_EQ(email(2), "b@b.com");
    EXPECT_FALSE(store_->status().writable);
    EXPECT_EQ(store_->status().problem, "No space left on device; writes are tried again");
    EXPECT_NE(store_->write_snapshot(), JsonUserStore::Written::yes);
    files_->disarm();
    EXPECT_EQ(commit(create("n@n.com"))->id, 5U);
    EXPECT_EQ(store_->write_snapshot(), JsonUserStore::Written::yes);
    EXPECT_NE(logged().find("can be written again"), std::string::npos);
    EXPECT_TRUE(store_->status().writable);
    open();
    EXPECT_EQ(email(5), "n@n.com");
    EXPECT_EQ(store_->users().status().users, 5U);
}

TEST_F(JsonUserStoreTest, ADiskThatWasFullIsFoundToHaveSpaceWithoutAWrite) {
    files_->arm(files_->calls() + 1, Fault::disk_full);
    EXPECT_FALSE(commit(create("n@n.com")));
    const std::vector<SessionWrite> login{RecordLogins({RecordLogins::Login{1, options_.now()}})};
    EXPECT_FALSE(store_->commit_sessions(login).front());
    store_->try_again();
    EXPECT_FALSE(store_->status().writable);
    files_->disarm();
    store_->try_again();
    EXPECT_TRUE(store_->status().writable);
    EXPECT_EQ(store_->status().problem, "");
    EXPECT_EQ(commit(create("n@n.com"))->id, 5U) << "nothing is left of the trial";
    open();
    EXPECT_EQ(email(5), "n@n.com");
}

TEST_F(JsonUserStoreTest, AFailedSyncIsFinal) {
    files_->arm(files_->calls() + 2, Fault::fails);
    EXPECT_EQ(commit(create("n@n.com")).error(), Errc::store_unavailable);
    EXPECT_FALSE(store_->status().writable);
    EXPECT_TRUE(store_->status().problem.ends_with("until the server is started again"));
    store_->try_again();
    EXPECT_FALSE(store_->status().writable);
    EXPECT_EQ(commit(create("m@m.com")).error(), Errc::store_unavailable);
    EXPECT_EQ(email(1), "a@a.com") << "reads go on";
    EXPECT_NE(store_->write_snapshot(), JsonUserStore::Written::yes);
    open();
    EXPECT_TRUE(commit(create("m@m.com")));
}

TEST_F(JsonUserStoreTest, AFailedRenameLeavesTheUsersFileAndNoLitter) {
    commit(create("n@n.com"));
    const std::string before = disk_->text_of(kUsersFile);
    // The replacement: create, append, sync, exchange.
    files_->arm(files_->calls() + 6, Fault::fails);
    EXPECT_EQ(store_->write_snapshot(), JsonUserStore::Written::failed);
    ASSERT_TRUE(files_->struck().starts_with("exchange")) << files_->struck();
    EXPECT_EQ(disk_->text_of(kUsersFile), before);
    for (const std::string& name : disk_->names())
        EXPECT_EQ(name.find(".tmp-"), std::string::npos);
    open();
    EXPECT_EQ(email(5), "n@n.com") << "the journal kept the promise";
}

TEST_F(JsonUserStoreTest, AFileThatIsMountedByItselfIsWrittenInPlace) {
    files_->mount_point = kUsersFile;
    open();
    EXPECT_NE(logged().find("mount the directory /d instead"), std::string::npos) << logged();
    const auto inode = disk_->info(kUsersFile)->inode;
    commit(create("n@n.com"));
    EXPECT_EQ(store_->write_copy(), JsonUserStore::Written::yes);
    EXPECT_EQ(disk_->info(kUsersFile)->inode, inode);
    EXPECT_NE(disk_->text_of(kUsersFile).find("n@n.com"), std::string::npos);
    read_locked();
    EXPECT_TRUE(edits_.empty());
}

TEST_F(JsonUserStoreTest, AFileThatWasWrittenInPlaceInPartIsWrittenAgain) {
    files_->mount_point = kUsersFile;
    std::size_t struck = 0;
    for (std::size_t call = 1; call < 10; ++call) {
        commit(create(std::to_string(call) + "@n.com"));
        files_->arm(files_->calls() + call, Fault::disk_full_once);
        if (store_->write_copy() == JsonUserStore::Written::failed) ++struck;
        files_->disarm();
        read_locked();
        EXPECT_EQ(store_->needs_copy() ? store_->write_copy() : JsonUserStore::Written::yes,
                  JsonUserStore::Written::yes)
            << "call " << call;
        EXPECT_NE(disk_->text_of(kUsersFile).find(std::to_string(call) + "@n.com"),
                  std::string::npos);
        EXPECT_TRUE(edits_.empty());
    }
    EXPECT_GE(struck, 3U);
}

TEST_F(JsonUserStoreTest, AStoreOnANetworkFileSystemIsWarnedOf) {
    EXPECT_EQ(logged().find("network"), std::string::npos);
    files_->network = "NFS";
    open();
    EXPECT_NE(logged().find("is on a network file system (NFS)"), std::string::npos) << logged();
    const StoreReport report = check_json_store(kUsersFile, *files_);
    EXPECT_TRUE(report.is_sound());
    EXPECT_NE(report.findings.at(0).text.find("network file system (NFS)"), std::string::npos);
}

// An original file whose passwords are hashed, until the fourth one fails.
class PlainPasswordsTest : public ::testing::Test {
  protected:
    PlainPasswordsTest() { disk_->save(kUsersFile, old_book()); }

    Errc refusal(Errc failure) {
        OpenOptions options = test_options();
        options.hash_password = [this, failure](const Secret&) -> result<Secret> {
            if (++calls_ > 3) return failure;
            return some_hash('H');
        };
        try {
            JsonUserStore(kUsersFile, options, disk_);
        } catch (const StartupError& error) {
            text_ = error.what();
            return error.code();
        }
        return Errc{};
    }

    std::shared_ptr<MemoryFileSystem> disk_ = std::make_shared<MemoryFileSystem>();
    std::atomic<int> calls_ = 0;
    std::string text_;
};

TEST_F(PlainPasswordsTest, WhatIsHashedBeforeAStopIsKept) {
    EXPECT_EQ(refusal(Errc::cancelled), Errc::cancelled);
    OpenOptions options = test_options();
    std::atomic<int> rest = 0;
    options.hash_password = [&rest](const Secret& plain) -> result<Secret> {
        EXPECT_EQ(plain.reveal().size(), 3U) << plain.reveal();
        ++rest;
        return some_hash('H');
    };
    const JsonUserStore store(kUsersFile, options, disk_);
    EXPECT_EQ(rest, 5);
    EXPECT_EQ(store.users().status().users, 8U);
    EXPECT_EQ(store.users().status().admins, 1U);
    EXPECT_EQ(store.users().find(8)->password_hash.reveal(), some_hash('H').reveal());
}

TEST_F(PlainPasswordsTest, ShortMemoryIsNoFaultOfTheFile) {
    EXPECT_EQ(refusal(Errc::overloaded), Errc::overloaded);
    EXPECT_NE(text_.find("memory is short"), std::string::npos) << text_;
    EXPECT_EQ(text_.find("correct the file"), std::string::npos) << text_;
}

TEST_F(PlainPasswordsTest, WhatCannotBeHashedIsNamed) {
    EXPECT_EQ(refusal(Errc::invalid_request), Errc::store_damaged);
    EXPECT_NE(text_.find("cannot be hashed"), std::string::npos) << text_;
    EXPECT_EQ(disk_->text_of(kUsersFile), old_book());
}

}  // namespace
}  // namespace roster::storage
