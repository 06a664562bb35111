// Metadata in a users file, in the journal, in edits by hand and in a repair.

#include "core/json/raw_json.hpp"
#include "storage/json/json_maintenance.hpp"
#include "storage/json/json_user_store.hpp"
#include "support/memory_file_system.hpp"
#include "unit/storage/json/session_log_fixture.hpp"

#include <string>
#include <utility>
#include <vector>

namespace roster::storage {
namespace {

using namespace roster::storage::testing;

constexpr const char* kJournal = "/d/users.json.journal";

// As deep and as long as it may be.
std::string largest_metadata() {
    std::string json;
    for (std::size_t i = 1; i < kMaxMetadataDepth; ++i)
        json += "{\"a\":";
    json += "[]" + std::string(kMaxMetadataDepth - 2, '}') + ",\"b\":\"\"}";
    json.insert(json.size() - 2, std::string(kMaxMetadataBytes - json.size(), 'x'));
    return json;
}

class UsersFileMetadata : public ::testing::Test {
  protected:
    UsersFileMetadata() {
        open();
        commit(create("a@a.com", Role::admin));
        commit(with_metadata("b@b.com", "{ \"team\": \"red\", \"n\": [1, 2.50], \"none\": {} }"));
        EXPECT_EQ(store_->write_snapshot(), JsonUserStore::Written::yes);
    }

    void open() {
        store_.reset();
        store_ = std::make_unique<JsonUserStore>(kUsersFile, test_options(), disk_);
    }

    static CreateUser with_metadata(std::string email, std::string metadata) {
        CreateUser user(std::move(email), some_hash(), Role::user);
        user.metadata = std::move(metadata);
        return user;
    }

    result<User> commit(Write write) {
        return store_->commit(std::vector<Write>{std::move(write)}).front();
    }

    std::string text() const { return disk_->text_of(kUsersFile); }

    std::string text_with(std::string_view old, std::string_view with) const {
        std::string text = disk_->text_of(kUsersFile);
        const auto at = text.find(old);
        EXPECT_NE(at, std::string::npos) << old;
        return at == std::string::npos ? text : text.replace(at, old.size(), with);
    }

    void edit(std::string_view text) {
        disk_->save(kUsersFile, text);
        store_->take_over_edit();
        store_->take_over_edit();
    }

    std::string metadata(UserId id) const { return store_->users().find(id)->metadata; }

    std::shared_ptr<MemoryFileSystem> disk_ = std::make_shared<MemoryFileSystem>();
    std::unique_ptr<JsonUserStore> store_;
};

TEST_F(UsersFileMetadata, StandsInTheUsersFileAsAnObjectWhereThereIsAny) {
    EXPECT_NE(text().find("\t\t\t\"credentials_revision\": 2,\n"
                          "\t\t\t\"metadata\": {\n"
                          "\t\t\t\t\"team\": \"red\",\n"
                          "\t\t\t\t\"n\": [\n\t\t\t\t\t1,\n\t\t\t\t\t2.50\n\t\t\t\t],\n"
                          "\t\t\t\t\"none\": {}\n"
                          "\t\t\t}\n\t\t}"),
              std::string::npos)
        << text();
    EXPECT_EQ(text().find("metadata"), text().rfind("metadata")) << "the other one has none";
    const std::string before = text();
    open();
    EXPECT_EQ(metadata(1), "{}");
    EXPECT_EQ(metadata(2), "{\"team\":\"red\",\"n\":[1,2.50],\"none\":{}}");
    commit(create("c@c.com"));
    commit(EraseUser(3));
    EXPECT_EQ(store_->write_snapshot(), JsonUserStore::Written::yes);
    EXPECT_EQ(text().substr(text().find("\"users\"")), before.substr(before.find("\"users\"")));
}

TEST_F(UsersFileMetadata, IsReplayedFromTheJournal) {
    UpdateUser update(2);
    update.metadata = "{\"team\": \"blue\"}";
    commit(update);
    commit(with_metadata("c@c.com", largest_metadata()));
    UpdateUser empty(3);
    empty.metadata = " { } ";
    EXPECT_NE(disk_->text_of(kJournal).find(",\"metadata\":{\"team\":\"blue\"}}}\n"),
              std::string::npos);
    open();
    EXPECT_EQ(metadata(2), "{\"team\":\"blue\"}");
    EXPECT_EQ(metadata(3), largest_metadata());
    commit(empty);
    open();
    EXPECT_EQ(metadata(3), "{}");
    EXPECT_EQ(store_->write_snapshot(), JsonUserStore::Written::yes);
    EXPECT_EQ(text().find("\"b\""), std::string::npos);
}

TEST_F(UsersFileMetadata, TheLargestIsReadFromAUsersFileToo) {
    commit(with_metadata("c@c.com", largest_metadata()));
    EXPECT_EQ(store_->write_snapshot(), JsonUserStore::Written::yes);
    open();
    EXPECT_EQ(metadata(3), largest_metadata());
}

TEST_F(UsersFileMetadata, AFullBatchOfTheLargestIsOneBatchOfTheJournal) {
    constexpr std::size_t kUsers = 1024;
    std::vector<Write> writes;
    for (std::size_t i = 0; i < kUsers; ++i)
        writes.push_back(with_metadata(std::to_string(i) + "@c.com", largest_metadata()));
    ASSERT_TRUE(store_->commit_all(writes));
    EXPECT_GT(disk_->text_of(kJournal).size(), kUsers * kMaxMetadataBytes);
    EXPECT_EQ(scan_log(disk_->text_of(kJournal)).batches.size(), 1U);
    const JsonUserStore again(kUsersFile, test_options(), disk_->after_power_cut());
    EXPECT_EQ(again.users().find(kUsers + 2)->metadata, largest_metadata());
}

TEST_F(UsersFileMetadata, CannotPassForABatchOfTheJournal) {
    const std::string framed = frame_of(3, 1, "{\"erased\":2,\"revision\":3}\n");
    std::string as_text;
    append_json_string(framed, as_text);
    commit(with_metadata("c@c.com", "{\"a\":" + as_text + "}"));
    commit(with_metadata("d@d.com", "{\"a\":" + framed.substr(0, framed.find('\n')) + "}"));
    EXPECT_EQ(scan_log(disk_->text_of(kJournal)).batches.size(), 2U);
    disk_->save(kJournal, disk_->text_of(kJournal) + "torn");
    open();
    EXPECT_EQ(store_->users().status().users, 4U);
}

TEST_F(UsersFileMetadata, AChangeByHandIsAChange) {
    const Revision before = store_->users().find(2)->revision;
    edit(text_with("\"red\"", "\"blue\""));
    EXPECT_EQ(metadata(2), "{\"team\":\"blue\",\"n\":[1,2.50],\"none\":{}}");
    EXPECT_GT(store_->users().find(2)->revision, before);
    EXPECT_EQ(store_->users().find(2)->credentials_revision, 2U) << "it ends nothing";
    EXPECT_EQ(store_->write_snapshot(), JsonUserStore::Written::yes);
    edit(text_with("\"role\": \"admin\"", "\"metadata\": {\"x\": 1}, \"role\": \"admin\""));
    EXPECT_EQ(metadata(1), "{\"x\":1}");
    EXPECT_EQ(store_->write_snapshot(), JsonUserStore::Written::yes);
    edit(text_with("\"metadata\": {\n\t\t\t\t\"x\": 1\n\t\t\t}", "\"metadata\": {}"));
    EXPECT_EQ(metadata(1), "{}");
}

TEST_F(UsersFileMetadata, ANewUserOfAnEditBringsIt) {
    edit(text_with("\"users\": [",
                   "\"users\": [{\"email\": \"n@n.com\", \"password\": \"\", "
                   "\"metadata\": {\"x\": 1}},"));
    EXPECT_EQ(metadata(3), "{\"x\":1}");
}

TEST_F(UsersFileMetadata, SpacesInAnEditAreNoChange) {
    const Revision before = store_->users().status().revision;
    edit(text_with("\"none\": {}", "\"none\" :\n{ }"));
    EXPECT_EQ(store_->users().status().revision, before);
}

TEST_F(UsersFileMetadata, BothChangingItIsAConflict) {
    const std::string edited = text_with("\"red\"", "\"blue\"");
    UpdateUser update(2);
    update.metadata = "{\"team\":\"green\"}";
    commit(update);
    edit(edited);
    EXPECT_EQ(metadata(2), "{\"team\":\"green\"}");
    EXPECT_EQ(text(), edited) << "refused, and left alone";
}

TEST_F(UsersFileMetadata, MembersThatAreNotKnownStayBesideIt) {
    edit(text_with("\"email\": \"b@b.com\"", "\"nick\": \"B\", \"email\": \"b@b.com\""));
    UpdateUser update(2);
    update.metadata = "{\"team\":\"blue\"}";
    commit(update);
    EXPECT_EQ(store_->write_snapshot(), JsonUserStore::Written::yes);
    EXPECT_NE(text().find("\"nick\": \"B\""), std::string::npos) << text();
    EXPECT_NE(text().find("\"team\": \"blue\""), std::string::npos) << text();
}

TEST_F(UsersFileMetadata, ARepairKeepsIt) {
    disk_->save(snapshot_path(kUsersFile), text_with("\"a@a.com\"", "7"));
    EXPECT_FALSE(check_json_store(kUsersFile, *disk_).is_sound());
    store_.reset();
    plan_json_repair(kUsersFile, disk_)->carry_out();
    open();
    EXPECT_EQ(metadata(2), "{\"team\":\"red\",\"n\":[1,2.50],\"none\":{}}");
}

TEST_F(UsersFileMetadata, ADamagedOneIsFound) {
    disk_->save(snapshot_path(kUsersFile), text_with("\"none\": {}", "\"team\": {}"));
    const StoreReport report = check_json_store(kUsersFile, *disk_);
    ASSERT_EQ(report.findings.size(), 2U);
    EXPECT_EQ(report.findings[0].text,
              "/d/users.json.base:31:5: \"team\" is there twice in one object");
}

}  // namespace
}  // namespace roster::storage
