// What the check, views and copies make of what lies in a database.

#include "storage/transfer/store_transfer.hpp"
#include "unit/storage/sqlite/sqlite_fixture.hpp"

#include <SQLiteCpp/Exception.h>

#include <string>
#include <utility>
#include <vector>

namespace roster::storage {
namespace {

using namespace roster::storage::testing;

class SqliteContent : public SqliteTest {};

TEST_F(SqliteContent, ReturnsMetadataThatSqlPutThereCompact) {
    add_users(1);
    execute("UPDATE users SET metadata = '{ \"a\":\n1 }'");
    EXPECT_TRUE(check_store(url()).is_sound());
    EXPECT_EQ(run(open()->find(1))->metadata, "{\"a\":1}");
    EXPECT_THROW(execute("UPDATE users SET metadata = '[]'"), SQLite::Exception);
    EXPECT_THROW(execute("UPDATE users SET metadata = NULL"), SQLite::Exception);
    EXPECT_THROW(execute("UPDATE users SET metadata = '{' || hex(zeroblob(9000)) || '}'"),
                 SQLite::Exception);
}

TEST_F(SqliteContent, InvalidMetadataAffectsOneUser) {
    add_users(2);
    execute("UPDATE users SET metadata = '{\"a\":1,\"a\":2}' WHERE id = 1");
    const StoreReport report = check_store(url());
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

TEST_F(SqliteContent, AnUnreadableSessionAffectsNoOther) {
    add_users(1);
    for (int i = 0; i < 2; ++i)
        ASSERT_TRUE(run(open()->apply_session(CreateSession(session_of(1), 5))));
    execute("PRAGMA ignore_check_constraints = ON; UPDATE sessions SET kind = 'x' WHERE id = 1");
    const auto store = open();
    EXPECT_EQ(run(store->apply_session(RenewSession(1, 1))).error(), Errc::store_unavailable);
    EXPECT_TRUE(store->status().writable) << "the others go on";
    EXPECT_TRUE(run(store->apply_session(RenewSession(2, 1))));
}

TEST_F(SqliteContent, ATriggerOfOthersIsDamage) {
    add_users(1);
    execute(
        "CREATE TRIGGER evil AFTER INSERT ON users BEGIN "
        "UPDATE users SET role = 1 WHERE id = NEW.id; END");
    const StoreReport report = check_store(url());
    ASSERT_FALSE(report.is_sound());
    EXPECT_NE(report.findings.at(0).text.find("the trigger evil is not roster's"),
              std::string::npos);
    EXPECT_NE(refusal(Errc::store_damaged).find("the trigger evil"), std::string::npos);
    execute("DROP TRIGGER evil");
    EXPECT_TRUE(check_store(url()).is_sound());
    open();
}

TEST_F(SqliteContent, OtherObjectsOfOthersAreNoted) {
    add_users(1);
    execute("CREATE VIEW names AS SELECT email FROM users");
    execute("CREATE TABLE notes (text TEXT)");
    const StoreReport report = check_store(url());
    EXPECT_TRUE(report.is_sound());
    ASSERT_EQ(report.findings.size(), 2U);
    EXPECT_NE(report.findings.at(0).text.find("the table notes is not"), std::string::npos);
    EXPECT_NE(report.findings.at(1).text.find("the view names is not"), std::string::npos);
    open();
}

TEST_F(SqliteContent, AMissingTableIsDamage) {
    add_users(1);
    execute("DROP TABLE sessions");
    EXPECT_FALSE(check_store(url()).is_sound());
    EXPECT_NE(refusal(Errc::store_damaged).find("is missing"), std::string::npos);
}

TEST_F(SqliteContent, ADatabaseOfAnOlderVersionIsSound) {
    add_users(1);
    MigrationGoal down;
    down.direction = MigrationGoal::Direction::down;
    down.to = 2;
    migrate_store(url(), down);
    const StoreReport report = check_store(url());
    EXPECT_TRUE(report.is_sound());
    EXPECT_EQ(report.users, 1U);
}

// What the schema lets through: the check names it, and no copy takes it along.
TEST_F(SqliteContent, NamesRowsThatRosterNeverWrites) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"users SET email = 'A@a.com'", "user 2 cannot be found by e-mail"},
        {"users SET email = '', email_folded = ''", "user 2 has an invalid e-mail"},
        {"users SET email = CAST(x'ff40' AS TEXT), email_folded = CAST(x'ff40' AS TEXT)",
         "user 2 has an invalid e-mail"},
        {"users SET password_hash = 'secret'", "user 2 has an invalid password_hash"},
        {"users SET created_at = -5", "user 2 has times"},
        {"users SET updated_at = 9223372036854775807", "user 2 has times"},
        {"users SET username = 'bob'", "user 2 cannot be found by username"},
        {"users SET username = '17', username_folded = '17'", "user 2 has an invalid username"},
        {"users SET username = 'b', username_folded = 'b' WHERE id = 1; "
         "UPDATE users SET email = 'b', email_folded = 'b' WHERE id = 2",
         "user 1 has the e-mail of user 2 as username"},
        {"users SET locale = 'de_CH'", "user 2 has an invalid username, name, group, locale"},
        {"users SET last_login_at = -5", "user 2 has times"},
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
        const StoreReport report = check_store(url());
        ASSERT_EQ(report.findings.size(), 1U) << change;
        EXPECT_NE(report.findings[0].text.find(problem), std::string::npos)
            << report.findings[0].text;
        try {
            copy_store(url(), "json:" + (directory_ / "copy.json").string(), TransferOptions());
            ADD_FAILURE() << change;
        } catch (const StartupError& error) {
            EXPECT_EQ(error.code(), Errc::store_damaged);
            EXPECT_EQ(std::string(error.what()).find(path_.string() + ": "), 0U) << error.what();
            EXPECT_NE(std::string(error.what()).find(problem), std::string::npos) << error.what();
        }
    }
}

TEST_F(SqliteContent, IsCheckedWhileItIsServed) {
    const auto store = open();
    ASSERT_TRUE(run(store->apply(create("a@a.com", Role::admin))));
    const StoreReport report = check_store(url());
    EXPECT_TRUE(report.is_sound());
    EXPECT_EQ(report.users, 1U);
    ASSERT_TRUE(run(store->apply(create("b@b.com"))));
}

TEST_F(SqliteContent, ACheckChangesNothing) {
    leave_unclosed(20);
    fs::remove(directory_ / "served.db");
    fs::remove(directory_ / "served.db.lock");
    const auto before = files();
    const std::string database = read_text(path_);
    const std::string log = read_text(path_.string() + "-wal");
    EXPECT_EQ(check_store(url()).users, 20U);
    EXPECT_EQ(files(), before);
    EXPECT_TRUE(read_text(path_) == database);
    EXPECT_TRUE(read_text(path_.string() + "-wal") == log);
    EXPECT_TRUE(plan_repair(url())->steps().empty());
}

TEST_F(SqliteContent, ARepairSaysWhatToDoInstead) {
    add_users(1);
    execute("UPDATE users SET email_folded = 'another@a.com'");
    EXPECT_FALSE(check_store(url()).is_sound());
    try {
        plan_repair(url());
        ADD_FAILURE() << "it has a plan";
    } catch (const StartupError& error) {
        EXPECT_EQ(error.code(), Errc::store_damaged);
        EXPECT_NE(std::string(error.what()).find(".recover"), std::string::npos) << error.what();
    }
}

// What reading commands use: neither a lock nor a file is left, and a server is not disturbed.
TEST_F(SqliteContent, AViewReadsAClosedAndAServedDatabase) {
    EXPECT_THROW(open_store_view(url(), test_options()), StartupError) << "nothing is there";
    open();
    const auto before = files();
    const auto closed = open_store_view(url(), test_options());
    EXPECT_EQ(closed->status().users, 0U);
    EXPECT_EQ(files(), before);
    const auto store = open();
    ASSERT_TRUE(run(store->apply(create("a@a.com", Role::admin))));
    ASSERT_TRUE(run(store->apply_session(CreateSession(session_of(1), 5))));
    const auto served = open_store_view(url(), test_options());
    for (const StoreView* view : {closed.get(), served.get()}) {
        EXPECT_EQ(view->find(1)->email, "a@a.com");
        EXPECT_EQ(view->find_by_login("b@b.com").error(), Errc::user_not_found);
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

TEST_F(SqliteContent, AViewRefusesAnOlderVersion) {
    ASSERT_TRUE(run(open()->apply(create("a@a.com"))));
    MigrationGoal down;
    down.direction = MigrationGoal::Direction::down;
    migrate_store(url(), down);
    EXPECT_THROW(open_store_view(url(), test_options()), StartupError);
    EXPECT_FALSE(files().contains("roster.db-wal"));
}

}  // namespace
}  // namespace roster::storage
