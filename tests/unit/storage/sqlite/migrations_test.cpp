#include "storage/sqlite/migrations.hpp"

#include "core/files/file_system.hpp"
#include "storage/sqlite/open_database.hpp"
#include "storage/sqlite/sqlite_store.hpp"
#include "unit/storage/support.hpp"

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Database.h>

#include <algorithm>
#include <string>
#include <vector>

namespace roster::storage {
namespace {

using namespace roster::storage::testing;
namespace fs = std::filesystem;

class MigrationsTest : public ::testing::Test {
  protected:
    MigrationsTest()
        : mine_(compiled_migrations().begin(), compiled_migrations().end()),
          files_(make_posix_file_system()) {}

    // Of a later roster.
    void add_migration(std::string_view name, std::string_view up, std::string_view down = "") {
        Migration next;
        next.number = static_cast<unsigned>(mine_.size()) + 1;
        next.name = name;
        next.up = up;
        next.down = down;
        next.checksum = name;
        mine_.push_back(next);
    }

    OpenedDatabase open() { return open_database(path_.string(), test_options(), files_, mine_); }
    std::string refusal(Errc expected = Errc::store_unavailable) {
        try {
            open();
        } catch (const StartupError& error) {
            EXPECT_EQ(error.code(), expected) << error.what();
            return error.what();
        }
        ADD_FAILURE() << "it opened";
        return {};
    }

    // "0003_names": a migration `place` after the newest of this roster.
    std::string numbered(std::string_view name, std::size_t place = 1) const {
        const std::string number = std::to_string(compiled_migrations().size() + place);
        return std::string(4 - number.size(), '0') + number + "_" + std::string(name);
    }
    std::string newest_of_mine() const { return numbered(compiled_migrations().back().name, 0); }
    std::string copy_before_next() const {
        return path_.string() + ".before-" + numbered("").substr(0, 4);
    }

    void add_user() {
        const auto store = open_store("sqlite:" + path_.string(), test_options());
        ASSERT_TRUE(run(store->apply(create("a@a.com"))));
    }

    std::vector<std::string> names() {
        std::vector<std::string> names;
        for (const auto& version : schema_of_database(path_.string(), *files_, mine_))
            if (version.applied_at) names.push_back(version.name);
        return names;
    }

    TemporaryDirectory directory_;
    fs::path path_ = directory_ / "roster.db";
    std::vector<Migration> mine_;
    std::shared_ptr<FileSystem> files_;
};

constexpr std::string_view kAddNames = "CREATE TABLE names (id INTEGER PRIMARY KEY) STRICT";
constexpr std::string_view kDropNames = "DROP TABLE names";

TEST_F(MigrationsTest, AreInARowWithTheirChecksums) {
    ASSERT_GE(mine_.size(), 2U);
    for (std::size_t i = 0; i < mine_.size(); ++i) {
        EXPECT_EQ(mine_[i].number, i + 1);
        EXPECT_EQ(mine_[i].checksum.size(), 64U);
        EXPECT_FALSE(mine_[i].up.empty());
        EXPECT_FALSE(mine_[i].down.empty());
    }
}

TEST_F(MigrationsTest, ANewDatabaseHasThemAllAndNoCopy) {
    open();
    EXPECT_EQ(names(), (std::vector<std::string>{"0001_users", "0002_sessions", "0003_metadata",
                                                 "0004_user_search", "0005_search_by_scan",
                                                 "0006_profiles_and_session_kinds"}));
    EXPECT_FALSE(fs::exists(path_.string() + ".before-0001"));
}

TEST_F(MigrationsTest, AreAppliedAfterACopyWhereThereIsSomethingToLose) {
    add_user();
    add_migration("names", kAddNames, kDropNames);
    open();
    EXPECT_EQ(names().back(), numbered("names"));
    const fs::path copy = copy_before_next();
    ASSERT_TRUE(fs::exists(copy));
    EXPECT_EQ(fs::status(copy).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    const auto old = open_store("sqlite:" + copy.string(), test_options());
    EXPECT_EQ(old->status().users, 1U);
}

TEST_F(MigrationsTest, AnOlderCopyStays) {
    add_user();
    write_text(copy_before_next(), "older");
    add_migration("names", kAddNames);
    open();
    EXPECT_EQ(read_text(copy_before_next()), "older");
    EXPECT_TRUE(fs::exists(copy_before_next() + ".2"));
}

TEST_F(MigrationsTest, OneThatFailsIsUndone) {
    add_user();
    add_migration("broken",
                  "CREATE TABLE half (id INTEGER) STRICT; INSERT INTO nowhere VALUES (1)");
    EXPECT_NE(refusal().find(numbered("broken")), std::string::npos);
    EXPECT_EQ(names().back(), newest_of_mine());
    mine_.pop_back();
    const OpenedDatabase opened = open();
    EXPECT_EQ(opened.writer->number("SELECT count(*) FROM sqlite_schema WHERE name = 'half'"), 0);
}

TEST_F(MigrationsTest, OneThatLeavesDanglingRowsIsUndone) {
    add_user();
    add_migration("careless",
                  "INSERT INTO sessions VALUES (1, 77, zeroblob(32), 0, '', '', '', 0, 0, 0)");
    EXPECT_NE(refusal().find(numbered("careless")), std::string::npos);
    EXPECT_EQ(names().back(), newest_of_mine());
}

TEST_F(MigrationsTest, ANewerDatabaseIsRefusedUntouched) {
    add_user();
    add_migration("names", kAddNames);
    open();
    mine_.pop_back();
    const std::string before = read_text(path_);
    const std::string text = refusal();
    EXPECT_NE(text.find("newer"), std::string::npos) << text;
    EXPECT_NE(text.find(numbered("names")), std::string::npos) << text;
    EXPECT_TRUE(read_text(path_) == before);
}

TEST_F(MigrationsTest, AChangedOldOneIsRefusedUntouched) {
    add_user();
    const std::string before = read_text(path_);
    mine_[0].checksum = mine_[1].checksum;
    EXPECT_NE(refusal().find("0001_users"), std::string::npos);
    EXPECT_TRUE(read_text(path_) == before);
}

TEST_F(MigrationsTest, GoDownAndUpAgain) {
    add_user();
    add_migration("names", kAddNames, kDropNames);
    MigrationGoal down;
    down.direction = MigrationGoal::Direction::down;
    open();
    auto done = migrate_database(path_.string(), down, test_options(), files_, mine_);
    ASSERT_EQ(done.size(), 2U) << "the copy and the step";
    EXPECT_EQ(names().back(), newest_of_mine());
    down.to = 1;
    migrate_database(path_.string(), down, test_options(), files_, mine_);
    EXPECT_EQ(names(), std::vector<std::string>{"0001_users"});
    MigrationGoal up;
    up.to = 2;
    migrate_database(path_.string(), up, test_options(), files_, mine_);
    EXPECT_EQ(names().back(), "0002_sessions");
    migrate_database(path_.string(), MigrationGoal(), test_options(), files_, mine_);
    EXPECT_EQ(names().back(), numbered("names"));
    EXPECT_TRUE(
        migrate_database(path_.string(), MigrationGoal(), test_options(), files_, mine_).empty());
    down.to = 0;
    EXPECT_THROW(migrate_database(path_.string(), down, test_options(), files_, mine_),
                 StartupError);
}

// An older roster finds the index for its searches again.
TEST_F(MigrationsTest, GoDownToTheIndexForSearching) {
    add_user();
    MigrationGoal down;
    down.direction = MigrationGoal::Direction::down;
    down.to = 4;
    migrate_database(path_.string(), down, test_options(), files_);
    {
        SQLite::Database database(path_.string());
        EXPECT_EQ(database.execAndGet("SELECT rowid FROM user_search('\"a@a\"')").getInt(), 1);
        EXPECT_EQ(
            database.execAndGet("SELECT value FROM meta WHERE name = 'search_up_to'").getInt(), 1);
    }
    migrate_database(path_.string(), MigrationGoal(), test_options(), files_);
    EXPECT_EQ(
        SQLite::Database(path_.string())
            .execAndGet("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'user_search%' OR "
                        "name LIKE 'users_by_class%'")
            .getInt(),
        0);
}

// Databases of every released version, as the sqlite3 shell dumps them.
TEST_F(MigrationsTest, DatabasesOfEveryVersionOpen) {
    std::size_t samples = 0;
    for (const auto& sample : fs::directory_iterator(ROSTER_SQLITE_SAMPLES)) {
        SCOPED_TRACE(sample.path().string());
        ++samples;
        TemporaryDirectory directory;
        const fs::path path = directory / "roster.db";
        SQLite::Database(path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
            .exec(read_text(sample.path()));
        const auto store = open_store("sqlite:" + path.string(), test_options());
        EXPECT_EQ(store->status().users, 3U);
        EXPECT_EQ(store->status().admins, 1U);
        const auto found = run(store->find_by_login("MIXED@case.com"));
        ASSERT_TRUE(found);
        EXPECT_EQ(found->email, "Mixed@Case.com");
        EXPECT_EQ(found->password_hash.reveal(), some_hash().reveal());
        EXPECT_EQ(run(store->find(4))->disabled, true);
        UserQuery query;
        query.text = "ED";
        EXPECT_EQ(run(store->search(query))->users.size(), 1U);
        EXPECT_EQ(run(store->apply(create("new@a.com")))->id, 5U) << "an id is never given twice";
        const auto version = sample.path().stem().string();
        EXPECT_EQ(run(store->find(2))->metadata,
                  version >= "0003" ? "{\"team\":\"red\",\"n\":[1,2.50]}" : "{}");
        const bool has_profile = version >= "0006";
        EXPECT_EQ(run(store->find_by_login("BOB")).has_value(), has_profile);
        EXPECT_EQ(run(store->find(2))->profile.groups.size(), has_profile ? 2U : 0U);
        EXPECT_EQ(run(store->find(2))->last_login_at.has_value(), has_profile);
        if (version >= "0002") {
            EXPECT_EQ(run(store->sessions_of(1))->size(), 1U);
            EXPECT_EQ(run(store->limiter_records())->size(), 1U);
        }
    }
    EXPECT_EQ(samples, compiled_migrations().size());
}

}  // namespace
}  // namespace roster::storage
