#include "storage/drivers.hpp"

#include "storage/json/json_maintenance.hpp"
#include "storage/json/json_user_store.hpp"
#include "support/faulty_file_system.hpp"
#include "support/memory_file_system.hpp"
#include "unit/storage/json/session_log_fixture.hpp"
#include "unit/storage/support.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace roster::storage {
namespace {

using namespace roster::storage::testing;

constexpr const char* kSnapshot = "/d/users.json.base";
constexpr const char* kJournal = "/d/users.json.journal";

// A snapshot of four users and a journal with three batches that it has not.
class Maintenance : public ::testing::Test {
  protected:
    Maintenance() {
        const auto store = open();
        commit(*store, create("a@a.com", Role::admin));
        for (const char* email : {"b@b.com", "c@c.com", "d@d.com"})
            commit(*store, create(email));
        EXPECT_EQ(store->write_snapshot(), JsonUserStore::Written::yes);
        commit(*store, create("e@e.com"));
        UpdateUser rename(2);
        rename.email = "two@b.com";
        commit(*store, rename);
        commit(*store, EraseUser(3));
    }

    std::unique_ptr<JsonUserStore> open() {
        return std::make_unique<JsonUserStore>(kUsersFile, test_options(), disk_);
    }

    static void commit(JsonUserStore& store, Write write) {
        EXPECT_TRUE(store.commit(std::vector<Write>{std::move(write)}).front());
    }

    StoreReport check() { return check_json_store(kUsersFile, *disk_); }

    static std::string text_of(const StoreReport& report) {
        std::string text;
        for (const Finding& finding : report.findings)
            text += finding.text + "\n";
        return text;
    }

    void damage(const std::string& path, std::string_view old, std::string_view with) {
        std::string text = disk_->text_of(path);
        const auto at = text.find(old);
        ASSERT_NE(at, std::string::npos);
        disk_->save(path, text.replace(at, old.size(), with));
    }

    std::string emails() {
        std::string emails;
        for (const User& user : open()->users().list(0, 100))
            emails += std::to_string(user.id) + user.email + " ";
        return emails;
    }

    // Repairs it; then it must be sound.
    std::string repair() {
        std::string steps;
        {
            const auto plan = plan_json_repair(kUsersFile, disk_);
            for (const std::string& step : plan->steps())
                steps += step + "\n";
            plan->carry_out();
        }
        EXPECT_TRUE(check().is_sound()) << text_of(check());
        return steps;
    }

    std::shared_ptr<MemoryFileSystem> disk_ = std::make_shared<MemoryFileSystem>();
};

TEST_F(Maintenance, AGoodStoreIsSoundAndLeftAlone) {
    const std::string store = disk_->text_of(kUsersFile);
    const std::string journal = disk_->text_of(kJournal);
    const StoreReport report = check();
    EXPECT_TRUE(report.is_sound()) << text_of(report);
    EXPECT_EQ(report.users, 4U) << "as a server would see them";
    EXPECT_NE(text_of(report).find("holds 3 changes"), std::string::npos);
    EXPECT_TRUE(plan_json_repair(kUsersFile, disk_)->steps().empty());
    EXPECT_EQ(disk_->text_of(kUsersFile), store);
    EXPECT_EQ(disk_->text_of(kJournal), journal);
}

TEST_F(Maintenance, ADamagedCredentialsRevisionIsFoundAndBounded) {
    damage(kSnapshot, "\"credentials_revision\": 4", "\"credentials_revision\": 44444");
    EXPECT_NE(text_of(check()).find("users.json.base:44:28: the user's \"credentials_revision\""),
              std::string::npos)
        << text_of(check());
    repair();
    EXPECT_EQ(open()->users().index().revision, 7U);
    EXPECT_EQ(open()->users().find(4)->credentials_revision, 7U);
}

TEST_F(Maintenance, ARepairKeepsWhenCredentialsChanged) {
    damage(kSnapshot, "\"credentials_revision\": 4", "\"credentials_revision\": 3");
    EXPECT_TRUE(check().is_sound()) << text_of(check());
    damage(kSnapshot, "\"a@a.com\"", "7");
    repair();
    EXPECT_EQ(open()->users().find(4)->credentials_revision, 3U);
}

TEST_F(Maintenance, ATornTailIsNoDamage) {
    disk_->save(kJournal, disk_->text_of(kJournal) + "{\"batch\":8,");
    EXPECT_TRUE(check().is_sound());
    EXPECT_NE(text_of(check()).find("11 bytes that were never acknowledged"), std::string::npos);
    EXPECT_TRUE(plan_json_repair(kUsersFile, disk_)->steps().empty());
}

TEST_F(Maintenance, FindsEveryDamageOfAUsersFile) {
    damage(kSnapshot, "\"c@c.com\"", "7");
    damage(kSnapshot, "\"b@b.com\"", "\"A@a.com\"");
    damage(kSnapshot, "\"id\": 4", "\"id\": 1");
    const StoreReport report = check();
    EXPECT_FALSE(report.is_sound());
    const std::string text = text_of(report);
    EXPECT_NE(text.find("users.json.base:18:13: two users have the e-mail"), std::string::npos)
        << text;
    EXPECT_NE(text.find("users.json.base:28:13: \"email\" must be"), std::string::npos) << text;
    EXPECT_NE(text.find("users.json.base:37:10: two users have the id 1"), std::string::npos)
        << text;
}

TEST_F(Maintenance, ChecksUsersFileAndJournalTogether) {
    damage(kSnapshot, "\"a@a.com\"", "\"two@B.com\"");
    EXPECT_NE(text_of(check()).find("two users have the e-mail"), std::string::npos);
}

TEST_F(Maintenance, RecoversTheOtherUsersOfADamagedUsersFile) {
    damage(kSnapshot, "\"d@d.com\"", "\"d@d.com");
    disk_->save(kUsersFile, "");
    const std::string damaged = disk_->text_of(kSnapshot);
    EXPECT_FALSE(check().is_sound());
    const std::string steps = repair();
    EXPECT_NE(steps.find("a user is lost: /d/users.json.base:38:"), std::string::npos) << steps;
    EXPECT_EQ(emails(), "1a@a.com 2two@b.com 5e@e.com ");
    bool is_kept = false;
    for (const std::string& name : disk_->names())
        is_kept |=
            name.starts_with("users.json.base.damaged-") && disk_->text_of("/d/" + name) == damaged;
    EXPECT_TRUE(is_kept);
}

TEST_F(Maintenance, AProfileThatIsDamagedCostsNoUser) {
    damage(kSnapshot, "\"email\": \"d@d.com\",",
           "\"email\": \"d@d.com\",\n\t\t\t\"username\": \"d d\",");
    disk_->save(kUsersFile, "");
    EXPECT_NE(text_of(check()).find("\"username\" must be"), std::string::npos);
    repair();
    EXPECT_EQ(emails(), "1a@a.com 2two@b.com 4d@d.com 5e@e.com ");
    EXPECT_NE(disk_->text_of(kUsersFile).find("\"old_username\": \"d d\""), std::string::npos);
}

TEST_F(Maintenance, WhatTheUsersFileHasIsNotLostWithTheSnapshot) {
    const std::string text = disk_->text_of(kSnapshot);
    disk_->save(kSnapshot, text.substr(0, text.find("b@b.com")));
    const std::string steps = repair();
    EXPECT_NE(steps.find("user 4 is taken from /d/users.json\n"), std::string::npos) << steps;
    EXPECT_EQ(emails(), "1a@a.com 2two@b.com 4d@d.com 5e@e.com ") << "3 was erased since";
}

TEST_F(Maintenance, AnOlderUsersFileBringsNobodyBack) {
    const std::string older = disk_->text_of(kUsersFile);
    EXPECT_EQ(open()->write_snapshot(), JsonUserStore::Written::yes);
    disk_->save(kUsersFile, older);
    damage(kSnapshot, "\"d@d.com\"", "\"d@d.com");
    repair();
    EXPECT_EQ(emails(), "1a@a.com 2two@b.com 5e@e.com ");
}

TEST_F(Maintenance, AUsersFileThatCannotBeReadIsANote) {
    FaultyFileSystem files(disk_);
    files.unreadable = kUsersFile;
    const StoreReport report = check_json_store(kUsersFile, files);
    EXPECT_TRUE(report.is_sound()) << text_of(report);
    EXPECT_NE(text_of(report).find("users.json: cannot be read: "), std::string::npos);
    EXPECT_TRUE(disk_->remove(kUsersFile));
    EXPECT_TRUE(check().is_sound());
    EXPECT_NE(text_of(check()).find("users.json: not found; the next start writes it again"),
              std::string::npos);
}

TEST_F(Maintenance, WhatTheJournalHasIsNotLostWithTheUsersFile) {
    damage(kSnapshot, "\"b@b.com\"", "\"b@b.com");
    repair();
    EXPECT_EQ(emails(), "1a@a.com 2two@b.com 4d@d.com 5e@e.com ");
}

TEST_F(Maintenance, ACutUsersFileKeepsItsBeginning) {
    const std::string text = disk_->text_of(kSnapshot);
    disk_->save(kSnapshot, text.substr(0, text.find("c@c.com")));
    disk_->save(kUsersFile, "");
    repair();
    EXPECT_EQ(emails(), "1a@a.com 2two@b.com 5e@e.com ");
    const auto store = open();
    EXPECT_EQ(store->commit(std::vector<Write>{create("n@n.com")}).front()->id, 6U);
}

TEST_F(Maintenance, DoublesAreResolvedForTheNewest) {
    damage(kSnapshot, "\"d@d.com\"", "\"A@a.com\"");
    const std::string steps = repair();
    EXPECT_NE(steps.find("user 1 is dropped, because another one has the e-mail"),
              std::string::npos)
        << steps;
    EXPECT_EQ(emails(), "2two@b.com 4A@a.com 5e@e.com ");
}

TEST_F(Maintenance, WholeBatchesAfterABrokenOneAreRecovered) {
    damage(kJournal, "e@e.com", "x@e.com");
    const StoreReport report = check();
    EXPECT_FALSE(report.is_sound());
    EXPECT_NE(text_of(report).find("users.json.journal: byte 0: "), std::string::npos)
        << text_of(report);
    const std::string steps = repair();
    EXPECT_NE(steps.find("changes are lost"), std::string::npos) << steps;
    EXPECT_EQ(emails(), "1a@a.com 2two@b.com 4d@d.com ");
    EXPECT_EQ(disk_->text_of(kJournal), "");
}

TEST_F(Maintenance, ADamagedSessionsFileLosesOnlyItsBrokenBatches) {
    {
        const auto log = open_log(disk_);
        for (const UserId user : std::vector<UserId>({1, 2, 4}))
            testing::commit(*log, open_session(user));
    }
    EXPECT_TRUE(check().is_sound()) << text_of(check());
    EXPECT_NE(text_of(check()).find("holds 3 sessions"), std::string::npos) << text_of(check());
    EXPECT_TRUE(plan_json_repair(kUsersFile, disk_)->steps().empty());
    const std::string store = disk_->text_of(kUsersFile);
    const std::string journal = disk_->text_of(kJournal);
    damage(kSessionLog, "\"user\":2", "\"user\":1");
    const std::string damaged = disk_->text_of(kSessionLog);
    EXPECT_NE(text_of(check()).find("users.json.sessions: byte "), std::string::npos);
    const std::string steps = repair();
    EXPECT_NE(steps.find("with 2 sessions"), std::string::npos) << steps;
    EXPECT_EQ(disk_->text_of(kUsersFile), store) << "no user is touched";
    EXPECT_EQ(disk_->text_of(kJournal), journal);
    bool is_kept = false;
    for (const std::string& name : disk_->names())
        is_kept |= name.starts_with("users.json.sessions.damaged-") &&
                   disk_->text_of("/d/" + name) == damaged;
    EXPECT_TRUE(is_kept);
    const auto log = open_log(disk_);
    EXPECT_EQ(log->sessions().sessions_of(1).size(), 1U);
    EXPECT_EQ(log->sessions().sessions_of(4).size(), 1U);
    EXPECT_EQ(testing::commit(*log, open_session(1))->session->id, 4U);
}

TEST_F(Maintenance, ATornTailOfTheSessionsIsNoDamage) {
    disk_->save(kSessionLog, "{\"batch\":1,");
    EXPECT_TRUE(check().is_sound());
    EXPECT_NE(text_of(check()).find("11 bytes that were never acknowledged"), std::string::npos);
    EXPECT_TRUE(plan_json_repair(kUsersFile, disk_)->steps().empty());
}

TEST_F(Maintenance, ARepairNeedsTheLock) {
    const auto store = open();
    try {
        (void)plan_json_repair(kUsersFile, disk_);
        FAIL();
    } catch (const StartupError& error) {
        EXPECT_EQ(error.code(), Errc::store_locked);
    }
    EXPECT_NO_THROW(check()) << "a check disturbs nobody";
}

TEST_F(Maintenance, AnOldUsersFileStaysOneThatAStartUnderstands) {
    disk_ = std::make_shared<MemoryFileSystem>();
    std::string text = old_book();
    text.replace(text.find("\"c@c.com\""), 9, "\"c@c.com");
    disk_->save(kUsersFile, text);
    repair();
    const auto store = open();
    EXPECT_EQ(store->users().status().users, 7U);
    EXPECT_EQ(store->users().status().admins, 1U);
    EXPECT_EQ(store->users().find(1)->role, Role::admin);
    EXPECT_EQ(store->users().find(8)->password_hash.reveal(), some_hash('H').reveal());
}

TEST(CheckStore, KnowsTheKindsOfStores) {
    EXPECT_TRUE(check_store("memory:").is_sound());
    EXPECT_THROW(check_store("users.json"), StartupError);
    EXPECT_THROW(plan_repair("memory:"), StartupError);
}

}  // namespace
}  // namespace roster::storage
