// How a database is opened, named, locked and refused.

#include "storage/transfer/store_transfer.hpp"
#include "unit/storage/sqlite/sqlite_fixture.hpp"

#include <SQLiteCpp/Database.h>
#include <unistd.h>

#include <atomic>
#include <limits>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace roster::storage {
namespace {

using namespace roster::storage::testing;

class SqliteStore : public SqliteTest {};

TEST_F(SqliteStore, IsReadableByItsOwnerOnly) {
    const mode_t before = ::umask(0);
    const auto store = open();
    ASSERT_TRUE(run(store->apply(create("a@a.com"))));
    ::umask(before);
    for (const std::string& name : files())
        EXPECT_EQ(mode_of(directory_ / name), 0600U) << name;
    EXPECT_TRUE(files().contains("roster.db-wal"));
}

TEST_F(SqliteStore, LeavesOneFileBehind) {
    open();
    EXPECT_EQ(files(), (std::set<std::string>{"roster.db", "roster.db.lock"}));
    ASSERT_TRUE(run(open()->apply(create("a@a.com"))));
    EXPECT_EQ(files(), (std::set<std::string>{"roster.db", "roster.db.lock"}));
}

TEST_F(SqliteStore, HasOneServer) {
    const auto store = open();
    EXPECT_NE(refusal(Errc::store_locked).find(std::to_string(::getpid())), std::string::npos);
    fs::create_symlink(path_, directory_ / "link.db");
    refusal(Errc::store_locked, directory_ / "link.db");
    fs::create_directory_symlink(directory_.path(), directory_ / "elsewhere");
    refusal(Errc::store_locked, directory_ / "elsewhere" / "roster.db");
}

TEST_F(SqliteStore, IsServedThroughALink) {
    fs::create_symlink("roster.db", directory_ / "link.db");
    {
        const auto store = open(directory_ / "link.db");
        ASSERT_TRUE(run(store->apply(create("a@a.com"))));
        refusal(Errc::store_locked);
    }
    EXPECT_TRUE(fs::is_symlink(directory_ / "link.db"));
    EXPECT_EQ(open()->status().users, 1U);
}

TEST_F(SqliteStore, RefusesHardLinks) {
    open();
    const fs::path second = directory_ / "second.db";
    fs::create_hard_link(path_, second);
    for (const fs::path& name : {path_, second}) {
        EXPECT_NE(refusal(Errc::store_unavailable, name).find("2 names"), std::string::npos);
        EXPECT_THROW(copy_store("sqlite:" + name.string(),
                                "json:" + (directory_ / "copy.json").string(), TransferOptions()),
                     StartupError);
    }
    fs::remove(second);
    EXPECT_TRUE(run(open()->apply(create("a@a.com"))));
}

TEST_F(SqliteStore, KeepsAnyTextAsItIs) {
    using namespace std::string_literals;
    const std::vector<std::string> texts{"nul\0a@a.com"s,
                                         "nul\0b@a.com"s,
                                         "\xff\xfe@a.com",
                                         "Ä@a.com",
                                         "ä@a.com",
                                         "'; DROP TABLE users; --@a.com",
                                         "\"@a.com",
                                         "?1@a.com",
                                         "%_@a.com",
                                         "\xc3@a.com"s,
                                         std::string(2000, 'x')};
    {
        const auto store = open();
        for (const std::string& text : texts)
            ASSERT_TRUE(run(store->apply(create(text)))) << text;
        EXPECT_EQ(run(store->apply(create("NUL\0A@A.com"s))).error(), Errc::email_taken);
        EXPECT_EQ(run(store->find_by_login("nul")).error(), Errc::user_not_found);
        EXPECT_EQ(run(store->find_by_login("%")).error(), Errc::user_not_found);
    }
    const auto store = open();
    ASSERT_EQ(store->status().users, texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i) {
        const auto found = run(store->find_by_login(texts[i]));
        ASSERT_TRUE(found) << texts[i];
        EXPECT_EQ(found->id, i + 1);
        EXPECT_EQ(found->email, texts[i]);
    }
}

TEST_F(SqliteStore, IdsThatNoRowCanHaveAreNotFound) {
    const auto store = open();
    ASSERT_TRUE(run(store->apply(create("a@a.com"))));
    for (const std::uint64_t id :
         {std::numeric_limits<std::uint64_t>::max(), std::uint64_t{1} << 63, std::uint64_t{0}}) {
        EXPECT_EQ(run(store->find(id)).error(), Errc::user_not_found);
        EXPECT_EQ(run(store->apply(EraseUser(id))).error(), Errc::user_not_found);
        EXPECT_TRUE(run(store->sessions_of(id))->empty());
    }
    EXPECT_TRUE(run(store->list(std::uint64_t{1} << 63, 10))->empty());
    EXPECT_EQ(run(store->list(0, std::numeric_limits<std::size_t>::max()))->size(), 1U);
}

TEST_F(SqliteStore, AnotherRuleOfTheDatabaseRefusesOneWriteAlone) {
    const auto store = open();
    execute(
        "CREATE TRIGGER rule BEFORE INSERT ON users WHEN NEW.email = 'b@b.com' BEGIN SELECT "
        "RAISE(ABORT, 'refused'); END");
    EXPECT_EQ(run(store->apply(create("b@b.com"))).error(), Errc::store_unavailable);
    EXPECT_EQ(run(store->apply(create("a@a.com")))->id, 1U);
    EXPECT_TRUE(store->status().writable);
}

TEST_F(SqliteStore, NeverStartsEmptyInsteadOfWithADamagedFile) {
    write_text(path_, "");
    EXPECT_NE(refusal(Errc::store_damaged).find(path_.string()), std::string::npos);
    for (const std::string& text :
         {std::string("SQLite format 3"), std::string(4096, '\0'), std::string(5000, 'x')}) {
        write_text(path_, text);
        EXPECT_NE(refusal(Errc::store_damaged).find(path_.string()), std::string::npos);
        EXPECT_EQ(read_text(path_), text);
    }
    EXPECT_EQ(files(), (std::set<std::string>{"roster.db", "roster.db.lock"}));
}

TEST_F(SqliteStore, RefusesAnotherProgramsDatabase) {
    SQLite::Database(path_.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
        .exec("CREATE TABLE users (id INTEGER)");
    const std::string before = read_text(path_);
    EXPECT_NE(refusal(Errc::store_damaged).find("not roster's"), std::string::npos);
    EXPECT_TRUE(read_text(path_) == before);
}

TEST_F(SqliteStore, RollsBackWhatAnotherProgramDidNotFinish) {
    const fs::path changed = directory_ / "changed.db";
    add_users(200, changed);
    {
        SQLite::Database shell(changed.string(), SQLite::OPEN_READWRITE);
        shell.exec(
            "PRAGMA journal_mode = DELETE; PRAGMA cache_size = 1; BEGIN; "
            "UPDATE users SET disabled = 1");
        for (const char* end : {"", "-journal"})
            fs::copy_file(changed.string() + end, path_.string() + end);
    }
    const std::string before = read_text(path_);
    const auto names = files();
    const StoreReport report = check_store(url());
    EXPECT_TRUE(report.is_sound()) << "a server starts with it";
    EXPECT_EQ(report.users, 200U);
    EXPECT_NE(report.findings.at(0).text.find("was not finished"), std::string::npos);
    EXPECT_TRUE(read_text(path_) == before);
    EXPECT_EQ(files(), names);
    const auto copy = [&](const std::string& to) {
        copy_store(url(), "sqlite:" + (directory_ / to).string(), TransferOptions());
        return open(directory_ / to);
    };
    EXPECT_FALSE(run(copy("copy.db")->find(1))->disabled);
    const auto store = open();
    EXPECT_EQ(store->status().users, 200U);
    EXPECT_FALSE(run(store->find(1))->disabled);
}

TEST_F(SqliteStore, IsCheckedAsItIsAtOneMoment) {
    add_users(300, path_);
    const auto store = open();
    std::atomic<bool> is_over = false;
    std::thread writer([&] {
        while (!is_over)
            ASSERT_TRUE(run(store->apply_session(CreateSession(session_of(1), 5))));
    });
    for (int i = 0; i < 20; ++i) {
        const StoreReport report = check_store(url());
        EXPECT_TRUE(report.is_sound()) << report.findings.back().text;
    }
    is_over = true;
    writer.join();
}

TEST_F(SqliteStore, RemovesOnlyItsOwnUnfinishedFiles) {
    const std::string random = "0123456789abcdef";
    const std::set<std::string> own{"roster.db.new-" + random,
                                    "roster.db.new-" + random + "-journal"};
    const std::set<std::string> others{"roster.db2.new-" + random, "roster.db.old.new-" + random,
                                       "roster.db.before-restore-20261122T090000Z.new-" + random,
                                       "roster.db.new-me", "roster.dbx-" + random};
    for (const auto& names : {own, others})
        for (const std::string& name : names)
            write_text(directory_ / name, "x");
    open();
    for (const std::string& name : own)
        EXPECT_FALSE(files().contains(name)) << name;
    for (const std::string& name : others)
        EXPECT_TRUE(files().contains(name)) << name;
}

TEST_F(SqliteStore, RefusesALogWithoutItsDatabase) {
    leave_unclosed(3);
    fs::remove(path_);
    EXPECT_NE(refusal(Errc::store_damaged).find("-wal"), std::string::npos);
    EXPECT_FALSE(fs::exists(path_));
}

TEST_F(SqliteStore, RefusesATruncatedFileAndLeavesIt) {
    add_users(300);
    const std::string whole = read_text(path_);
    for (std::size_t i = 1; i < 50; ++i) {
        const std::string cut = whole.substr(0, whole.size() * i / 50);
        write_text(path_, cut);
        EXPECT_NE(refusal(Errc::store_damaged).find(path_.string()), std::string::npos);
        EXPECT_TRUE(read_text(path_) == cut);
    }
    write_text(path_, whole.substr(0, whole.size() - 1));
    EXPECT_NE(refusal(Errc::store_damaged).find("page"), std::string::npos);
    write_text(path_, whole);
    EXPECT_EQ(open()->status().users, 300U);
}

TEST_F(SqliteStore, ChecksADatabaseThatWasNotClosed) {
    leave_unclosed(300);
    EXPECT_EQ(open()->status().users, 300U) << "sound, and so taken";
    execute("UPDATE meta SET value = 0 WHERE name = 'clean_stop'");
    std::string text = read_text(path_);
    // Cells of the index that do not match their table any more.
    const auto last = text.rfind("299@a.com");
    ASSERT_NE(last, std::string::npos);
    text[last] = 'x';
    write_text(path_, text);
    refusal(Errc::store_damaged);
    EXPECT_TRUE(read_text(path_) == text);
}

TEST_F(SqliteStore, AChangedByteOfTheLogNeverMakesUpUsers) {
    leave_unclosed(5);
    const std::string log = read_text(path_.string() + "-wal");
    const std::string database = read_text(path_);
    for (std::size_t at = 0; at < log.size(); at += log.size() / 40) {
        std::string damaged = log;
        damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
        write_text(path_, database);
        write_text(path_.string() + "-wal", damaged);
        const auto store = open();
        EXPECT_LE(store->status().users, 5U);
        for (const User& user : *run(store->list(0, 10)))
            EXPECT_EQ(user.email, std::to_string(user.id - 1) + "@a.com");
    }
}

TEST_F(SqliteStore, DropsExpiredRowsAtItsStart) {
    OpenOptions options = test_options();
    {
        const auto store = open();
        ASSERT_TRUE(run(store->apply(create("a@a.com"))));
        Session session = session_of(1);
        ASSERT_TRUE(run(store->apply_session(CreateSession(session, 5))));
        session.expires_at = some_time() + std::chrono::hours(3);
        ASSERT_TRUE(run(store->apply_session(CreateSession(session, 5))));
    }
    options.now = [] { return some_time() + std::chrono::hours(2); };
    const auto store = open_store(url(), options);
    EXPECT_EQ(store->status().sessions, 1U);
    EXPECT_EQ(run(store->sessions_of(1))->at(0).id, 2U);
}

TEST_F(SqliteStore, WantOfMemoryEndsOneBatchOfWrites) {
    add_users(1);
    const auto store = open();
    const auto decide = [](const std::vector<LimiterRecord>&, auto) -> std::vector<LimiterRecord> {
        throw std::bad_alloc();
    };
    EXPECT_EQ(run(store->apply_session(DecideLimits({"a"}, decide))).error(),
              Errc::store_unavailable);
    EXPECT_TRUE(run(store->apply(create("b@b.com"))));
    EXPECT_TRUE(store->status().writable);
}

}  // namespace
}  // namespace roster::storage
