#include "storage/json/journal.hpp"

#include "support/faulty_file_system.hpp"
#include "support/memory_file_system.hpp"
#include "unit/storage/support.hpp"

#include <boost/crc.hpp>

#include <random>
#include <string>
#include <vector>

namespace roster::storage {
namespace {

using namespace roster::storage::testing;

constexpr const char* kFirst = "/d/users.json.journal";
constexpr const char* kNext = "/d/users.json.journal.next";

User user_with(UserId id, Revision revision) {
    User user;
    user.id = id;
    user.email = std::to_string(id) + "@a.com";
    user.password_hash = some_hash();
    user.created_at = some_time();
    user.updated_at = some_time();
    user.revision = revision;
    return user;
}

// A batch that creates so many users, with their revisions as ids.
std::string batch(Revision first, std::size_t count = 1) {
    Batch batch;
    batch.number = first;
    for (Revision revision = first; revision < first + count; ++revision)
        append_created(UserFields(user_with(revision, revision)), batch);
    return frame(batch);
}

TEST(Crc32c, AgreesWithBoost) {
    EXPECT_EQ(crc32c("123456789"), 0xE3069283U);
    std::mt19937 random(3);
    for (std::size_t size = 0; size < 200; ++size) {
        std::string bytes(size, '\0');
        for (char& c : bytes)
            c = static_cast<char>(random());
        boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> oracle;
        oracle.process_bytes(bytes.data(), bytes.size());
        EXPECT_EQ(crc32c(bytes), oracle.checksum());
        const std::size_t cut = size / 3;
        EXPECT_EQ(crc32c(bytes.substr(cut), crc32c(bytes.substr(0, cut))), oracle.checksum());
    }
}

TEST(JournalFormat, LooksAsDocumented) {
    Batch written;
    written.number = 43;
    User user = user_with(9, 43);
    user.password_hash = Secret();
    user.disabled = true;
    UserFields fields(user);
    fields.unknown_members = "\"nick\":\"Nine\"";
    append_created(fields, written);
    append_erased(7, 44, written);
    EXPECT_EQ(frame(written),
              "{\"batch\":43,\"count\":2,\"bytes\":210,\"crc32c\":\"df702bad\"}\n"
              "{\"created\":{\"id\":9,\"email\":\"9@a.com\",\"password\":\"\",\"role\":\"user\","
              "\"disabled\":true,\"created_at\":\"2026-11-22T09:00:00Z\","
              "\"updated_at\":\"2026-11-22T09:00:00Z\",\"revision\":43,\"nick\":\"Nine\"}}\n"
              "{\"erased\":7,\"revision\":44}\n");
}

TEST(JournalFormat, ReadsWhatItWrites) {
    Batch written;
    written.number = 5;
    User user = user_with(9, 5);
    user.credentials_revision = 4;
    UserFields fields(user);
    fields.unknown_members = "\"tags\":[1,{\"a\":null}],\"n\":-1.5e3";
    append_changed(fields, written);
    append_erased(7, 6, written);
    const std::string text = frame(written);
    const auto read = framed_batch_at(text, 0);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->number, 5U);
    EXPECT_EQ(read->count, 2U);
    EXPECT_EQ(read->end, text.size());
    const auto cut = read->lines.find('\n');
    const std::string line(read->lines.substr(0, cut));
    const auto changed = read_journal_change(line);
    ASSERT_TRUE(changed);
    EXPECT_EQ(changed->kind, JournalChange::Kind::changed);
    EXPECT_EQ(changed->id, 9U);
    EXPECT_EQ(changed->revision, 5U);
    EXPECT_EQ(changed->user.fields.email, "9@a.com");
    EXPECT_EQ(changed->user.fields.credentials_revision, 4U);
    EXPECT_EQ(changed->user.fields.unknown_members, fields.unknown_members);
    std::string later = line;
    later.replace(later.find("revision\":4"), 11, "revision\":6");
    EXPECT_FALSE(read_journal_change(later)) << "credentials of a later revision";
    const auto erased = read_journal_change("{\"erased\":7,\"revision\":6}");
    ASSERT_TRUE(erased);
    EXPECT_EQ(erased->kind, JournalChange::Kind::erased);
    EXPECT_EQ(erased->id, 7U);
    EXPECT_EQ(erased->revision, 6U);
}

TEST(JournalFormat, RefusesLinesThatAreNone) {
    for (const std::string_view line :
         {"", "{}", "[]", "7", "{\"erased\":7}", "{\"revision\":7}",
          "{\"erased\":0,\"revision\":1}", "{\"revision\":1,\"erased\":7}",
          "{\"erased\":7,\"revision\":1,\"revision\":2}", "{\"erased\":\"7\",\"revision\":1}",
          "{\"created\":7}", "{\"created\":{}}", "{\"dropped\":{\"id\":1}}",
          "{\"erased\":[7],\"revision\":1}", "{\"erased\":true}",
          "{\"created\":{\"id\":1,\"email\":\"a@a\",\"password\":\"\"}}",
          "{\"erased\":7,\"revision\":1}x"})
        EXPECT_FALSE(read_journal_change(line)) << line;
}

TEST(JournalFormat, ACutAnywhereIsATornTail) {
    const std::string whole = batch(1) + batch(2, 3);
    const std::string last = batch(5, 2);
    for (std::size_t size = 0; size < last.size(); ++size) {
        const LogScan scan = scan_log(whole + last.substr(0, size));
        EXPECT_EQ(scan.batches.size(), 2U);
        EXPECT_EQ(scan.good_bytes, whole.size());
        EXPECT_FALSE(scan.damage);
    }
    EXPECT_EQ(scan_log(whole + last).batches.size(), 3U);
    EXPECT_EQ(scan_log(whole + std::string(500, '\0')).good_bytes, whole.size());
}

TEST(JournalFormat, AFlippedBitAnywhereIsNoticed) {
    const std::string first = batch(1, 2);
    const std::string whole = first + batch(3);
    for (std::size_t i = 0; i < first.size() * 8; ++i) {
        std::string flipped = whole;
        flipped[i / 8] = static_cast<char>(flipped[i / 8] ^ (1 << (i % 8)));
        const LogScan scan = scan_log(flipped);
        EXPECT_EQ(scan.damage, 0U) << i << ": a whole batch follows a broken one";
    }
}

class JournalFiles : public ::testing::Test {
  protected:
    ReplayedJournal replay(UsersDocument& document) { return replay(*disk_, document); }
    static ReplayedJournal replay(FileSystem& files, UsersDocument& document) {
        RecentChanges recent(document.users.revision);
        return replay_journal(files, kUsersFile, document, recent);
    }

    std::string refusal() {
        UsersDocument document;
        try {
            replay(document);
        } catch (const StartupError& error) {
            EXPECT_EQ(error.code(), Errc::store_damaged);
            return error.what();
        }
        ADD_FAILURE() << "it was replayed";
        return {};
    }

    std::shared_ptr<MemoryFileSystem> disk_ = std::make_shared<MemoryFileSystem>();
};

TEST_F(JournalFiles, NoJournalIsAnEmptyOne) {
    UsersDocument document;
    const auto replayed = replay(document);
    EXPECT_EQ(replayed.changes, 0U);
    EXPECT_EQ(replayed.good_bytes, 0U);
    EXPECT_FALSE(replayed.has_next);
}

TEST_F(JournalFiles, ReplaysWhatTheUsersFileHasNot) {
    disk_->save(kFirst, batch(1, 2) + batch(3));
    disk_->save(kNext, batch(4, 2) + "torn");
    UsersDocument document;
    for (UserId id = 1; id <= 2; ++id)
        document.users.insert(to_record(user_with(id, id)));
    document.users.revision = 2;
    document.users.next_id = 3;
    const auto replayed = replay(document);
    EXPECT_EQ(replayed.changes, 3U);
    EXPECT_EQ(replayed.torn_bytes, 4U);
    EXPECT_TRUE(replayed.has_next);
    EXPECT_EQ(replayed.good_bytes, batch(4, 2).size());
    EXPECT_EQ(document.users.size(), 5U);
    EXPECT_EQ(document.users.revision, 5U);
    EXPECT_EQ(document.users.next_id, 6U);
}

TEST_F(JournalFiles, DoesNothingTwice) {
    disk_->save(kFirst, batch(1, 3));
    UsersDocument document;
    replay(document);
    EXPECT_EQ(replay(document).changes, 0U);
    EXPECT_EQ(document.users.size(), 3U);
}

TEST_F(JournalFiles, AnEmptySecondFileIsOneThatWasNotBegun) {
    disk_->save(kFirst, batch(1) + "torn");
    disk_->save(kNext, "");
    UsersDocument document;
    const auto replayed = replay(document);
    EXPECT_FALSE(replayed.has_next);
    EXPECT_EQ(replayed.torn_bytes, 4U);
    Journal journal(*disk_, kUsersFile, nullptr);
    ASSERT_TRUE(journal.open(replayed, FileInfo()));
    EXPECT_FALSE(disk_->exists(kNext));
    EXPECT_EQ(disk_->text_of(kFirst), batch(1));
}

TEST_F(JournalFiles, AWholeBatchBehindABrokenOneIsDamage) {
    std::string broken = batch(1);
    broken[broken.size() - 5] = 'X';
    disk_->save(kFirst, broken + batch(2));
    EXPECT_NE(refusal().find("users.json.journal: byte 0: "), std::string::npos);
    disk_->save(kFirst, batch(1) + broken + batch(2));
    EXPECT_NE(refusal().find("byte " + std::to_string(batch(1).size())), std::string::npos);
    disk_->save(kFirst, batch(1) + "torn");
    disk_->save(kNext, batch(2));
    EXPECT_NE(refusal().find("users.json.journal: byte "), std::string::npos);
}

TEST_F(JournalFiles, AGapIsDamage) {
    disk_->save(kFirst, batch(1) + batch(3));
    EXPECT_NE(refusal().find("revision 3 where revision 2 must follow"), std::string::npos);
    disk_->save(kFirst, batch(5));
    EXPECT_NE(refusal().find("the journal begins with revision 5, but the users file ends with 0"),
              std::string::npos);
}

TEST_F(JournalFiles, AnIdCannotBeTwoUsers) {
    disk_->save(kFirst, batch(1));
    UsersDocument document;
    User other = user_with(1, 0);
    other.email = "other@a.com";
    document.users.insert(to_record(other));
    EXPECT_THROW(replay(document), StartupError);
}

Batch one_user(Revision revision) {
    Batch batch;
    batch.number = revision;
    append_created(UserFields(user_with(revision, revision)), batch);
    return batch;
}

TEST_F(JournalFiles, ARefusedBatchIsGoneBeforeTheSecondFileIsBegun) {
    for (const Fault fault : {Fault::disk_full_once, Fault::read_only_once}) {
        for (unsigned seed = 1; seed <= 30; ++seed) {
            const auto disk = std::make_shared<MemoryFileSystem>();
            FaultyFileSystem files(disk);
            Journal journal(files, kUsersFile, nullptr);
            ASSERT_TRUE(journal.open(ReplayedJournal(), FileInfo()));
            ASSERT_TRUE(journal.append(one_user(1)));
            files.arm(files.calls() + 1, fault);
            EXPECT_FALSE(journal.append(one_user(2)));
            EXPECT_TRUE(journal.is_writable());
            files.disarm();
            ASSERT_TRUE(journal.prepare_next());
            // If it could not be undone, nothing may follow in another file.
            EXPECT_EQ(journal.begin_next(), fault == Fault::disk_full_once);
            ASSERT_TRUE(journal.append(one_user(2)));
            std::mt19937 random(seed);
            UsersDocument document;
            EXPECT_NO_THROW(replay(*disk->after_power_cut(random), document)) << seed;
            EXPECT_EQ(document.users.size(), 2U);
        }
    }
}

TEST_F(JournalFiles, AFailedSyncIsFinal) {
    FaultyFileSystem files(disk_);
    Journal journal(files, kUsersFile, nullptr);
    ASSERT_TRUE(journal.open(ReplayedJournal(), FileInfo()));
    ASSERT_TRUE(journal.append(one_user(1)));
    files.arm(files.calls() + 2, Fault::fails);
    EXPECT_FALSE(journal.append(one_user(2)));
    EXPECT_FALSE(journal.is_writable());
    const std::size_t calls = files.calls();
    EXPECT_FALSE(journal.append(one_user(2)));
    EXPECT_EQ(files.calls(), calls) << "no second try";
}

}  // namespace
}  // namespace roster::storage
