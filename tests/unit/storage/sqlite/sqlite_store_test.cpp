#include "storage/drivers.hpp"
#include "storage/transfer/store_transfer.hpp"
#include "unit/storage/support.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace roster::storage {
namespace {

using namespace roster::storage::testing;
namespace fs = std::filesystem;

class SqliteStore : public ::testing::Test {
  protected:
    std::unique_ptr<Store> open(const fs::path& path) {
        return open_store("sqlite:" + path.string(), test_options());
    }
    std::unique_ptr<Store> open() { return open(path_); }

    std::string refusal(Errc expected) { return refusal(expected, path_); }
    std::string refusal(Errc expected, const fs::path& path) {
        try {
            open(path);
        } catch (const StartupError& error) {
            EXPECT_EQ(error.code(), expected) << error.what();
            return error.what();
        }
        ADD_FAILURE() << "it opened";
        return {};
    }

    void execute(const std::string& sql) {
        SQLite::Database(path_.string(), SQLite::OPEN_READWRITE).exec(sql);
    }

    // A database as a killed server leaves it.
    void leave_unclosed(int users) {
        const fs::path served = directory_ / "served.db";
        const auto store = open(served);
        for (int i = 0; i < users; ++i)
            ASSERT_TRUE(run(store->apply(create(std::to_string(i) + "@a.com"))));
        for (const char* end : {"", "-wal"})
            fs::copy_file(served.string() + end, path_.string() + end);
    }

    std::set<std::string> files() const {
        std::set<std::string> names;
        for (const auto& file : fs::directory_iterator(directory_.path()))
            names.insert(file.path().filename().string());
        return names;
    }

    static Session session_of(UserId user) {
        Session session;
        session.user = user;
        session.created_at = session.last_seen_at = some_time();
        session.expires_at = some_time() + std::chrono::hours(1);
        return session;
    }

    static unsigned mode_of(const fs::path& path) {
        struct stat status {};
        EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
        return status.st_mode & 07777;
    }

    TemporaryDirectory directory_;
    fs::path path_ = directory_ / "roster.db";
};

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
        EXPECT_EQ(run(store->find_by_email("nul")).error(), Errc::user_not_found);
        EXPECT_EQ(run(store->find_by_email("%")).error(), Errc::user_not_found);
    }
    const auto store = open();
    ASSERT_EQ(store->status().users, texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i) {
        const auto found = run(store->find_by_email(texts[i]));
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
    open();
    execute(
        "CREATE TRIGGER rule BEFORE INSERT ON users WHEN NEW.email = 'b@b.com' BEGIN SELECT "
        "RAISE(ABORT, 'refused'); END");
    const auto store = open();
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
    {
        const auto store = open(changed);
        for (int i = 0; i < 200; ++i)
            ASSERT_TRUE(run(store->apply(create(std::to_string(i) + "@a.com"))));
    }
    {
        SQLite::Database shell(changed.string(), SQLite::OPEN_READWRITE);
        shell.exec(
            "PRAGMA journal_mode = DELETE; PRAGMA cache_size = 1; BEGIN; "
            "UPDATE users SET disabled = 1");
        for (const char* end : {"", "-journal"})
            fs::copy_file(changed.string() + end, path_.string() + end);
    }
    const std::string before = read_text(path_);
    EXPECT_THROW(check_store("sqlite:" + path_.string()), StartupError);
    EXPECT_TRUE(read_text(path_) == before);
    const auto copy = [&](const std::string& to) {
        copy_store("sqlite:" + path_.string(), "sqlite:" + (directory_ / to).string(),
                   TransferOptions());
        return open(directory_ / to);
    };
    EXPECT_FALSE(run(copy("copy.db")->find(1))->disabled);
    const auto store = open();
    EXPECT_EQ(store->status().users, 200U);
    EXPECT_FALSE(run(store->find(1))->disabled);
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
    {
        const auto store = open();
        for (int i = 0; i < 300; ++i)
            ASSERT_TRUE(run(store->apply(create(std::to_string(i) + "@a.com"))));
    }
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
    const auto store = open_store("sqlite:" + path_.string(), options);
    EXPECT_EQ(store->status().sessions, 1U);
    EXPECT_EQ(run(store->sessions_of(1))->at(0).id, 2U);
}

TEST_F(SqliteStore, ReturnsMetadataThatSqlPutThereCompact) {
    {
        const auto store = open();
        ASSERT_TRUE(run(store->apply(create("a@a.com"))));
    }
    execute("UPDATE users SET metadata = '{ \"a\":\n1 }'");
    EXPECT_TRUE(check_store("sqlite:" + path_.string()).is_sound());
    EXPECT_EQ(run(open()->find(1))->metadata, "{\"a\":1}");
    EXPECT_THROW(execute("UPDATE users SET metadata = '[]'"), SQLite::Exception);
    EXPECT_THROW(execute("UPDATE users SET metadata = NULL"), SQLite::Exception);
    EXPECT_THROW(execute("UPDATE users SET metadata = '{' || hex(zeroblob(9000)) || '}'"),
                 SQLite::Exception);
}

TEST_F(SqliteStore, InvalidMetadataAffectsOneUser) {
    {
        const auto store = open();
        ASSERT_TRUE(run(store->apply(create("a@a.com"))));
        ASSERT_TRUE(run(store->apply(create("b@b.com"))));
    }
    execute("UPDATE users SET metadata = '{\"a\":1,\"a\":2}' WHERE id = 1");
    const StoreReport report = check_store("sqlite:" + path_.string());
    ASSERT_FALSE(report.is_sound());
    EXPECT_NE(report.findings.front().text.find("the metadata of user 1 cannot be read: \"a\" "),
              std::string::npos)
        << report.findings.front().text;
    const auto store = open();
    EXPECT_EQ(run(store->find(1)).error(), Errc::store_unavailable);
    EXPECT_TRUE(run(store->find(2)));
    UpdateUser update(1);
    update.disabled = true;
    EXPECT_EQ(run(store->apply(update)).error(), Errc::store_unavailable);
    EXPECT_TRUE(store->status().writable) << "the others go on";
    EXPECT_TRUE(run(store->apply(create("c@c.com"))));
}

TEST_F(SqliteStore, ADatabaseOfAnOlderVersionIsSound) {
    {
        const auto store = open();
        ASSERT_TRUE(run(store->apply(create("a@a.com", Role::admin))));
    }
    MigrationGoal down;
    down.direction = MigrationGoal::Direction::down;
    down.to = 2;
    migrate_store("sqlite:" + path_.string(), down);
    const StoreReport report = check_store("sqlite:" + path_.string());
    EXPECT_TRUE(report.is_sound());
    EXPECT_EQ(report.users, 1U);
}

// What the schema lets through: the check names it, and no copy takes it along.
TEST_F(SqliteStore, NamesRowsThatRosterNeverWrites) {
    const std::string url = "sqlite:" + path_.string();
    const std::vector<std::pair<std::string, std::string>> cases{
        {"users SET email = 'A@a.com'", "user 2 cannot be found by e-mail"},
        {"users SET email = '', email_folded = ''", "user 2 has an invalid e-mail"},
        {"users SET email = CAST(x'ff40' AS TEXT), email_folded = CAST(x'ff40' AS TEXT)",
         "user 2 has an invalid e-mail"},
        {"users SET password_hash = 'secret'", "user 2 has an invalid password_hash"},
        {"users SET created_at = -5", "user 2 has times"},
        {"users SET updated_at = 9223372036854775807", "user 2 has times"},
        {"users SET revision = 0", "user 2 has an invalid revision"},
        {"users SET revision = 999", "user 2 has a revision of the future"},
        {"users SET credentials_revision = -7", "user 2 has a revision of the future"},
        {"users SET id = 9007199254740993 WHERE id = 2; DELETE FROM sessions WHERE id = 2",
         "user 9007199254740993 has an invalid id"},
        {"meta SET value = -2 WHERE name = 'next_user_id' AND 2", "meta has an invalid next id"},
        {"meta SET value = -2 WHERE name = 'revision' AND 2", "meta has an invalid revision"},
        {"sessions SET label = CAST(x'ff' AS TEXT)", "session 2 has an invalid user, time or text"},
        {"sessions SET user = 99", "row 2 of the table sessions refers to a missing row"},
        {"sessions SET id = 99", "session 99 has an id that was not assigned yet"},
    };
    for (const auto& [change, problem] : cases) {
        fs::remove(path_);
        {
            const auto store = open();
            ASSERT_TRUE(run(store->apply(create("a@a.com", Role::admin))));
            ASSERT_TRUE(run(store->apply(create("b@b.com"))));
            for (const UserId user : {1U, 2U})
                ASSERT_TRUE(run(store->apply_session(CreateSession(session_of(user), 5))));
        }
        const bool has_where = change.find("WHERE") != std::string::npos;
        execute("UPDATE " + change + (has_where ? "" : " WHERE id = 2"));
        const StoreReport report = check_store(url);
        ASSERT_EQ(report.findings.size(), 1U) << change;
        EXPECT_NE(report.findings[0].text.find(problem), std::string::npos)
            << report.findings[0].text;
        try {
            copy_store(url, "json:" + (directory_ / "copy.json").string(), TransferOptions());
            ADD_FAILURE() << change;
        } catch (const StartupError& error) {
            EXPECT_EQ(error.code(), Errc::store_damaged);
            EXPECT_EQ(std::string(error.what()).find(path_.string() + ": "), 0U) << error.what();
            EXPECT_NE(std::string(error.what()).find(problem), std::string::npos) << error.what();
        }
    }
}

TEST_F(SqliteStore, IsCheckedWhileItIsServed) {
    const auto store = open();
    ASSERT_TRUE(run(store->apply(create("a@a.com", Role::admin))));
    const StoreReport report = check_store("sqlite:" + path_.string());
    EXPECT_TRUE(report.is_sound());
    EXPECT_EQ(report.users, 1U);
    ASSERT_TRUE(run(store->apply(create("b@b.com"))));
}

TEST_F(SqliteStore, ACheckChangesNothing) {
    leave_unclosed(20);
    fs::remove(directory_ / "served.db");
    fs::remove(directory_ / "served.db.lock");
    const auto before = files();
    const std::string database = read_text(path_);
    const std::string log = read_text(path_.string() + "-wal");
    EXPECT_EQ(check_store("sqlite:" + path_.string()).users, 20U);
    EXPECT_EQ(files(), before);
    EXPECT_TRUE(read_text(path_) == database);
    EXPECT_TRUE(read_text(path_.string() + "-wal") == log);
    EXPECT_TRUE(plan_repair("sqlite:" + path_.string())->steps().empty());
}

TEST_F(SqliteStore, ARepairSaysWhatToDoInstead) {
    {
        const auto store = open();
        ASSERT_TRUE(run(store->apply(create("a@a.com"))));
    }
    execute("UPDATE users SET email_folded = 'another@a.com'");
    EXPECT_FALSE(check_store("sqlite:" + path_.string()).is_sound());
    try {
        plan_repair("sqlite:" + path_.string());
        ADD_FAILURE() << "it has a plan";
    } catch (const StartupError& error) {
        EXPECT_EQ(error.code(), Errc::store_damaged);
        EXPECT_NE(std::string(error.what()).find(".recover"), std::string::npos) << error.what();
    }
}

// What reading commands use: neither a lock nor a file is left, and a server is not disturbed.
TEST_F(SqliteStore, AViewReadsAClosedAndAServedDatabase) {
    const std::string url = "sqlite:" + path_.string();
    EXPECT_THROW(open_store_view(url, test_options()), StartupError) << "nothing is there";
    open();
    const auto before = files();
    const auto closed = open_store_view(url, test_options());
    EXPECT_EQ(closed->status().users, 0U);
    EXPECT_EQ(files(), before);
    const auto store = open();
    ASSERT_TRUE(run(store->apply(create("a@a.com", Role::admin))));
    ASSERT_TRUE(run(store->apply_session(CreateSession(session_of(1), 5))));
    const auto served = open_store_view(url, test_options());
    for (const StoreView* view : {closed.get(), served.get()}) {
        EXPECT_EQ(view->find(1)->email, "a@a.com");
        EXPECT_EQ(view->find_by_email("b@b.com").error(), Errc::user_not_found);
        EXPECT_EQ(view->list(0, 10)->size(), 1U);
        UserQuery query;
        query.text = "A.C";
        EXPECT_EQ(view->search(query)->users.size(), 1U);
        EXPECT_EQ(view->sessions_of(1)->size(), 1U);
        EXPECT_EQ(view->list_sessions(0, 10)->size(), 1U);
        EXPECT_EQ(view->status().users, 1U);
        EXPECT_EQ(view->status().admins, 1U);
        EXPECT_EQ(view->status().sessions, 1U);
        EXPECT_EQ(view->url(), store->url());
    }
    ASSERT_TRUE(run(store->apply(create("b@b.com"))));
    EXPECT_EQ(closed->list(0, 10)->size(), 2U);
}

TEST_F(SqliteStore, AViewRefusesAnOlderVersion) {
    const std::string url = "sqlite:" + path_.string();
    ASSERT_TRUE(run(open()->apply(create("a@a.com"))));
    MigrationGoal down;
    down.direction = MigrationGoal::Direction::down;
    migrate_store(url, down);
    EXPECT_THROW(open_store_view(url, test_options()), StartupError);
    EXPECT_FALSE(files().contains("roster.db-wal"));
}

}  // namespace
}  // namespace roster::storage
