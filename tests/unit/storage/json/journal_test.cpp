#include "storage/json/journal.hpp"

#include "storage/json/crc32c.hpp"
#include "storage/json/journal_format.hpp"
#include "storage/json/journal_replay.hpp"
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

constexpr const char* kBook = "/d/users.json";
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

// A batch that creates so many users, whose ids are their revisions.
std::string batch(Revision first, std::size_t count = 1) {
    JournalBatchWriter writer(first);
    for (Revision revision = first; revision < first + count; ++revision)
        writer.created(to_record(user_with(revision, revision)));
    return writer.finish();
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
    JournalBatchWriter writer(43);
    User user = user_with(9, 43);
    user.password_hash = Secret();
    user.disabled = true;
    UserRecord record = to_record(user);
    record.unknown_members = "\"nick\":\"Nine\"";
    writer.created(record);
    writer.erased(7, 44);
    EXPECT_EQ(writer.finish(),
              "{\"batch\":43,\"count\":2,\"bytes\":210,\"crc32c\":\"df702bad\"}\n"
              "{\"created\":{\"id\":9,\"email\":\"9@a.com\",\"password\":\"\",\"role\":\"user\","
              "\"disabled\":true,\"created_at\":\"2026-11-22T09:00:00Z\","
              "\"updated_at\":\"2026-11-22T09:00:00Z\",\"revision\":43,\"nick\":\"Nine\"}}\n"
              "{\"erased\":7,\"revision\":44}\n");
}

TEST(JournalFormat, ReadsWhatItWrites) {
    JournalBatchWriter writer(5);
    const User user = user_with(9, 5);
    UserRecord record = to_record(user);
    record.unknown_members = "\"tags\":[1,{\"a\":null}],\"n\":-1.5e3";
    writer.changed(record);
    writer.erased(7, 6);
    const std::string text = writer.finish();
    const auto read = framed_batch_at(text, 0);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->number, 5U);
    EXPECT_EQ(read->count, 2U);
    EXPECT_EQ(read->end, text.size());
    const auto cut = read->body.find('\n');
    const auto changed = read_journal_change(read->body.substr(0, cut));
    ASSERT_TRUE(changed);
    EXPECT_EQ(changed->kind, JournalChange::Kind::changed);
    EXPECT_EQ(changed->id, 9U);
    EXPECT_EQ(changed->revision, 5U);
    EXPECT_EQ(changed->user.email, "9@a.com");
    EXPECT_EQ(changed->user.unknown_members, record.unknown_members);
    const auto erased = read_journal_change(read->body.substr(cut + 1));
    ASSERT_TRUE(erased);
    EXPECT_EQ(erased->kind, JournalChange::Kind::erased);
    EXPECT_EQ(erased->id, 7U);
    EXPECT_EQ(erased->revision, 6U);
}

TEST(JournalFormat, KeepsWhenCredentialsChanged) {
    User user = user_with(9, 5);
    user.credentials_revision = 4;
    JournalBatchWriter writer(5);
    writer.changed(to_record(user));
    const std::string text = writer.finish();
    const auto line = [&] {
        const std::string_view body = framed_batch_at(text, 0)->body;
        return std::string(body.substr(0, body.size() - 1));
    }();
    ASSERT_TRUE(read_journal_change(line));
    EXPECT_EQ(read_journal_change(line)->user.credentials_revision, 4U);
    std::string later = line;
    later.replace(later.find("revision\":4"), 11, "revision\":6");
    EXPECT_FALSE(read_journal_change(later)) << "after the change that it is part of";
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
        const FrameScan scan = scan_frames(whole + last.substr(0, size));
        EXPECT_EQ(scan.batches.size(), 2U);
        EXPECT_EQ(scan.good_bytes, whole.size());
        EXPECT_FALSE(scan.damage);
    }
    EXPECT_EQ(scan_frames(whole + last).batches.size(), 3U);
    EXPECT_EQ(scan_frames(whole + std::string(500, '\0')).good_bytes, whole.size());
}

TEST(JournalFormat, AFlippedBitAnywhereIsNoticed) {
    const std::string first = batch(1, 2);
    const std::string whole = first + batch(3);
    for (std::size_t i = 0; i < first.size() * 8; ++i) {
        std::string flipped = whole;
        flipped[i / 8] = static_cast<char>(flipped[i / 8] ^ (1 << (i % 8)));
        const FrameScan scan = scan_frames(flipped);
        EXPECT_EQ(scan.damage, 0U) << i << ": a whole batch follows a broken one";
    }
}

class JournalFiles : public ::testing::Test {
  protected:
    ReplayedJournal replay(UsersDocument& book) { return replay(*disk_, book); }
    static ReplayedJournal replay(FileSystem& files, UsersDocument& book) {
        return replay_journal(files, Journal(files, kBook), book);
    }

    std::string refusal() {
        UsersDocument book;
        try {
            replay(book);
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
    UsersDocument book;
    const auto replayed = replay(book);
    EXPECT_EQ(replayed.changes, 0U);
    EXPECT_EQ(replayed.good_bytes, 0U);
    EXPECT_FALSE(replayed.has_next);
}

TEST_F(JournalFiles, ReplaysWhatTheBookHasNot) {
    disk_->save(kFirst, batch(1, 2) + batch(3));
    disk_->save(kNext, batch(4, 2) + "torn");
    UsersDocument book;
    for (UserId id = 1; id <= 2; ++id)
        book.users.insert(to_record(user_with(id, id)));
    book.users.revision = 2;
    book.users.next_id = 3;
    const auto replayed = replay(book);
    EXPECT_EQ(replayed.changes, 3U);
    EXPECT_EQ(replayed.torn_bytes, 4U);
    EXPECT_TRUE(replayed.has_next);
    EXPECT_EQ(replayed.good_bytes, batch(4, 2).size());
    EXPECT_EQ(book.users.size(), 5U);
    EXPECT_EQ(book.users.revision, 5U);
    EXPECT_EQ(book.users.next_id, 6U);
}

TEST_F(JournalFiles, DoesNothingTwice) {
    disk_->save(kFirst, batch(1, 3));
    UsersDocument book;
    replay(book);
    EXPECT_EQ(replay(book).changes, 0U);
    EXPECT_EQ(book.users.size(), 3U);
}

TEST_F(JournalFiles, AnEmptySecondFileIsOneThatWasNotBegun) {
    disk_->save(kFirst, batch(1) + "torn");
    disk_->save(kNext, "");
    UsersDocument book;
    const auto replayed = replay(book);
    EXPECT_FALSE(replayed.has_next);
    EXPECT_EQ(replayed.torn_bytes, 4U);
    Journal journal(*disk_, kBook);
    ASSERT_TRUE(journal.open(replayed.good_bytes, false, FileInfo()));
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
    EXPECT_NE(refusal().find("revision 3 follows where 2 must"), std::string::npos);
    disk_->save(kFirst, batch(5));
    EXPECT_NE(refusal().find("the journal begins with revision 5, but the book ends with 0"),
              std::string::npos);
}

TEST_F(JournalFiles, AnIdCannotBeTwoUsers) {
    disk_->save(kFirst, batch(1));
    UsersDocument book;
    User other = user_with(1, 0);
    other.email = "other@a.com";
    book.users.insert(to_record(other));
    EXPECT_THROW(replay(book), StartupError);
}

TEST_F(JournalFiles, ARefusedBatchIsGoneBeforeTheSecondFileIsBegun) {
    for (const Fault fault : {Fault::disk_full_once, Fault::read_only_once}) {
        for (unsigned seed = 1; seed <= 30; ++seed) {
            const auto disk = std::make_shared<MemoryFileSystem>();
            FaultyFileSystem files(disk);
            Journal journal(files, kBook);
            boost::system::error_code error;
            ASSERT_TRUE(journal.open(0, false, FileInfo()));
            ASSERT_EQ(journal.append(batch(1), error), Journal::Outcome::done);
            files.arm(files.calls() + 1, fault);
            EXPECT_EQ(journal.append(batch(2), error), Journal::Outcome::undone);
            files.disarm();
            ASSERT_EQ(journal.prepare_next(error), Journal::Outcome::done);
            // Where it could not be undone, nothing may follow in another file.
            EXPECT_EQ(journal.begin_next(), fault == Fault::disk_full_once);
            ASSERT_EQ(journal.append(batch(2, 2), error), Journal::Outcome::done);
            std::mt19937 random(seed);
            UsersDocument book;
            EXPECT_NO_THROW(replay(*disk->after_power_cut(random), book)) << seed;
            EXPECT_EQ(book.users.size(), 3U);
        }
    }
}

TEST_F(JournalFiles, AFailedSyncIsFinal) {
    FaultyFileSystem files(disk_);
    Journal journal(files, kBook);
    boost::system::error_code error;
    ASSERT_TRUE(journal.open(0, false, FileInfo()));
    ASSERT_EQ(journal.append(batch(1), error), Journal::Outcome::done);
    files.arm(files.calls() + 2, Fault::fails);
    EXPECT_EQ(journal.append(batch(2), error), Journal::Outcome::failed);
    EXPECT_EQ(disk_->text_of(kFirst), batch(1)) << "the refused batch does not come back";
    const std::size_t calls = files.calls();
    EXPECT_EQ(journal.append(batch(2), error), Journal::Outcome::failed);
    EXPECT_EQ(files.calls(), calls) << "no second try";
}

}  // namespace
}  // namespace roster::storage
