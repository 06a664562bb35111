// Metadata in a book, in the journal, in edits by hand and in a repair.

#include "storage/core/metadata.hpp"
#include "storage/json/journal_format.hpp"
#include "storage/json/json_check.hpp"
#include "storage/json/json_repair.hpp"
#include "storage/json/json_user_store.hpp"
#include "support/memory_file_system.hpp"
#include "unit/storage/support.hpp"

#include <string>
#include <utility>
#include <vector>

namespace roster::storage {
namespace {

using namespace roster::storage::testing;
namespace fs = std::filesystem;

constexpr const char* kBook = "/d/users.json";
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

class BookMetadata : public ::testing::Test {
  protected:
    BookMetadata() {
        open();
        commit(create("a@a.com", Role::admin));
        commit(with_metadata("b@b.com", "{ \"team\": \"red\", \"n\": [1, 2.50], \"none\": {} }"));
        EXPECT_EQ(book_->write_snapshot(), JsonUserStore::Snapshot::written);
    }

    void open() {
        book_.reset();
        book_ = std::make_unique<JsonUserStore>(open_book(kBook, test_options(), disk_),
                                                test_options());
    }

    static CreateUser with_metadata(std::string email, std::string metadata) {
        CreateUser user(std::move(email), some_hash(), Role::user);
        user.metadata = std::move(metadata);
        return user;
    }

    result<User> commit(Write write) {
        return book_->commit(std::vector<Write>{std::move(write)}).front();
    }

    std::string text() const { return disk_->text_of(kBook); }

    std::string text_with(std::string_view old, std::string_view with) const {
        std::string text = disk_->text_of(kBook);
        const auto at = text.find(old);
        EXPECT_NE(at, std::string::npos) << old;
        return at == std::string::npos ? text : text.replace(at, old.size(), with);
    }

    void edit(std::string_view text) {
        disk_->save(kBook, text);
        book_->take_over_edit();
        book_->take_over_edit();
    }

    std::string metadata(UserId id) const { return book_->users().find(id)->metadata; }

    std::shared_ptr<MemoryFileSystem> disk_ = std::make_shared<MemoryFileSystem>();
    std::unique_ptr<JsonUserStore> book_;
};

TEST_F(BookMetadata, StandsInTheBookAsAnObjectWhereThereIsAny) {
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
    EXPECT_EQ(book_->write_snapshot(), JsonUserStore::Snapshot::written);
    EXPECT_EQ(text().substr(text().find("\"users\"")), before.substr(before.find("\"users\"")));
}

TEST_F(BookMetadata, IsReplayedFromTheJournal) {
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
    EXPECT_EQ(book_->write_snapshot(), JsonUserStore::Snapshot::written);
    EXPECT_EQ(text().find("\"b\""), std::string::npos);
}

TEST_F(BookMetadata, TheLargestIsReadFromABookToo) {
    commit(with_metadata("c@c.com", largest_metadata()));
    EXPECT_EQ(book_->write_snapshot(), JsonUserStore::Snapshot::written);
    open();
    EXPECT_EQ(metadata(3), largest_metadata());
}

TEST_F(BookMetadata, AFullBatchOfTheLargestIsOneBatchOfTheJournal) {
    constexpr std::size_t kUsers = 1024;
    std::vector<Write> writes;
    for (std::size_t i = 0; i < kUsers; ++i)
        writes.push_back(with_metadata(std::to_string(i) + "@c.com", largest_metadata()));
    ASSERT_TRUE(book_->commit_all(writes));
    EXPECT_GT(disk_->text_of(kJournal).size(), kUsers * kMaxMetadataBytes);
    EXPECT_EQ(scan_frames(disk_->text_of(kJournal)).batches.size(), 1U);
    const JsonUserStore again(open_book(kBook, test_options(), disk_->after_power_cut()),
                              test_options());
    EXPECT_EQ(again.users().find(kUsers + 2)->metadata, largest_metadata());
}

TEST_F(BookMetadata, CannotPassForABatchOfTheJournal) {
    const std::string frame = framed_batch(3, 1, "{\"erased\":2,\"revision\":3}\n");
    std::string as_text;
    append_json_string(frame, as_text);
    commit(with_metadata("c@c.com", "{\"a\":" + as_text + "}"));
    commit(with_metadata("d@d.com", "{\"a\":" + frame.substr(0, frame.find('\n')) + "}"));
    EXPECT_EQ(scan_frames(disk_->text_of(kJournal)).batches.size(), 2U);
    disk_->save(kJournal, disk_->text_of(kJournal) + "torn");
    open();
    EXPECT_EQ(book_->users().status().users, 4U);
}

TEST_F(BookMetadata, AChangeByHandIsAChange) {
    const Revision before = book_->users().find(2)->revision;
    edit(text_with("\"red\"", "\"blue\""));
    EXPECT_EQ(metadata(2), "{\"team\":\"blue\",\"n\":[1,2.50],\"none\":{}}");
    EXPECT_GT(book_->users().find(2)->revision, before);
    EXPECT_EQ(book_->users().find(2)->credentials_revision, 2U) << "it ends nothing";
    EXPECT_EQ(book_->write_snapshot(), JsonUserStore::Snapshot::written);
    edit(text_with("\"role\": \"admin\"", "\"metadata\": {\"x\": 1}, \"role\": \"admin\""));
    EXPECT_EQ(metadata(1), "{\"x\":1}");
    EXPECT_EQ(book_->write_snapshot(), JsonUserStore::Snapshot::written);
    edit(text_with("\"metadata\": {\n\t\t\t\t\"x\": 1\n\t\t\t}", "\"metadata\": {}"));
    EXPECT_EQ(metadata(1), "{}");
}

TEST_F(BookMetadata, ANewUserOfAnEditBringsIt) {
    edit(text_with("\"users\": [",
                   "\"users\": [{\"email\": \"n@n.com\", \"password\": \"\", "
                   "\"metadata\": {\"x\": 1}},"));
    EXPECT_EQ(metadata(3), "{\"x\":1}");
}

TEST_F(BookMetadata, SpacesInAnEditAreNoChange) {
    const Revision before = book_->users().status().revision;
    edit(text_with("\"none\": {}", "\"none\" :\n{ }"));
    EXPECT_EQ(book_->users().status().revision, before);
}

TEST_F(BookMetadata, BothChangingItIsAConflict) {
    const std::string edited = text_with("\"red\"", "\"blue\"");
    UpdateUser update(2);
    update.metadata = "{\"team\":\"green\"}";
    commit(update);
    edit(edited);
    EXPECT_EQ(metadata(2), "{\"team\":\"green\"}");
    EXPECT_EQ(text(), edited) << "refused, and left alone";
}

TEST_F(BookMetadata, MembersThatAreNotKnownStayBesideIt) {
    edit(text_with("\"email\": \"b@b.com\"", "\"nick\": \"B\", \"email\": \"b@b.com\""));
    UpdateUser update(2);
    update.metadata = "{\"team\":\"blue\"}";
    commit(update);
    EXPECT_EQ(book_->write_snapshot(), JsonUserStore::Snapshot::written);
    EXPECT_NE(text().find("\"nick\": \"B\""), std::string::npos) << text();
    EXPECT_NE(text().find("\"team\": \"blue\""), std::string::npos) << text();
}

TEST_F(BookMetadata, ARepairKeepsIt) {
    disk_->save(kBook, text_with("\"a@a.com\"", "7"));
    EXPECT_FALSE(check_json_store(kBook, *disk_).is_sound());
    book_.reset();
    plan_json_repair(kBook, disk_)->carry_out();
    open();
    EXPECT_EQ(metadata(2), "{\"team\":\"red\",\"n\":[1,2.50],\"none\":{}}");
}

TEST_F(BookMetadata, ADamagedOneIsFound) {
    disk_->save(kBook, text_with("\"none\": {}", "\"team\": {}"));
    const StoreReport report = check_json_store(kBook, *disk_);
    ASSERT_EQ(report.findings.size(), 2U);
    EXPECT_EQ(report.findings[0].text, "/d/users.json:31:5: \"team\" stands twice in one object");
}

// Written by roster before it knew metadata: a member of that name was one that it only kept.
TEST(BookBeforeMetadata, OpensWithItsJournal) {
    TemporaryDirectory directory;
    const fs::path samples = ROSTER_JSON_SAMPLES;
    for (const char* file : {"users.json", "users.json.journal"})
        fs::copy_file(samples / "before_metadata" / file, directory / file);
    const fs::path book = directory / "users.json";
    {
        const auto store = open_store("json:" + book.string(), test_options());
        EXPECT_EQ(store->status().users, 3U);
        EXPECT_EQ(run(store->find(1))->metadata, "{}");
        EXPECT_EQ(run(store->find(2))->metadata, "{\"team\":\"red\",\"floors\":[1,2.50]}");
        EXPECT_EQ(run(store->find(3))->email, "c@c.com");
        EXPECT_EQ(run(store->find(3))->metadata, "{}");
        ASSERT_TRUE(run(store->apply(create("d@d.com"))));
    }
    const std::string text = read_text(book);
    EXPECT_NE(text.find("\"nick\": \"Bee\""), std::string::npos);
    EXPECT_NE(text.find("\"team\": \"red\""), std::string::npos);
}

}  // namespace
}  // namespace roster::storage
