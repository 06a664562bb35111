// What a store in PostgreSQL does beside what every store does: several servers, edits by SQL, lost
// connections.

#include "storage/drivers.hpp"
#include "storage/postgres/direct_connection.hpp"
#include "storage/postgres/schema.hpp"
#include "storage/transfer/store_transfer.hpp"
#include "support/postgres_database.hpp"
#include "unit/storage/support.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace roster::storage {
namespace {

using namespace roster::storage::testing;
using roster::testing::has_postgres;
using roster::testing::new_postgres_store;
using roster::testing::run_sql;

using Lines = std::vector<std::string>;

using Proven = std::shared_ptr<result<ProvenSession>>;

boost::asio::awaitable<Proven> ask(Store& store, SessionDigest digest) {
    auto answer = co_await store.prove(digest);
    co_return std::make_shared<result<ProvenSession>>(std::move(answer));
}

result<ProvenSession> prove(Store& store, unsigned char mark) {
    SessionDigest digest;
    digest.fill(mark);
    return *run(ask(store, digest));
}

class PostgresStore : public ::testing::Test {
  protected:
    void SetUp() override {
        if (!has_postgres()) GTEST_SKIP() << "there is no PostgreSQL here; install postgresql";
        url_ = new_postgres_store();
        one_ = open();
    }

    std::unique_ptr<Store> open() const { return open_store(url_, test_options()); }
    Lines sql(const std::string& text) const { return run_sql(url_, text); }
    void terminate_all() const {
        // Not those of tests that run beside this one.
        sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = "
            "current_setting('application_name') AND pid <> pg_backend_pid()");
    }
    static result<User> apply(Store& store, Write write) {
        return run(store.apply(std::move(write)));
    }
    static Session session_of(UserId user, unsigned char mark) {
        Session session;
        session.user = user;
        session.digest.fill(mark);
        session.created_at = session.last_seen_at = some_time();
        session.expires_at = some_time() + std::chrono::hours(1);
        return session;
    }

    std::string url_;
    std::unique_ptr<Store> one_;
};

TEST_F(PostgresStore, WhatOneServerWritesTheOtherSeesAtOnce) {
    const auto other = open();
    ASSERT_TRUE(one_->is_shared());
    ASSERT_TRUE(apply(*one_, create("a@a.com")));
    EXPECT_EQ(run(other->find_by_login("A@a.com"))->id, 1U);
    EXPECT_EQ(apply(*other, create("A@A.com")).error(), Errc::email_taken);
    EXPECT_EQ(apply(*other, create("b@b.com"))->id, 2U);
    UpdateUser disable(2);
    disable.disabled = true;
    ASSERT_TRUE(apply(*one_, disable));
    EXPECT_TRUE(run(other->auth_state(2))->disabled);
    EXPECT_EQ(apply(*other, create("c@c.com"))->revision, 4U);
}

TEST_F(PostgresStore, ASessionIsProvenByItsDigestAndStaysRevokedForTheOther) {
    const auto other = open();
    ASSERT_TRUE(apply(*one_, create("a@a.com", Role::admin)));
    ASSERT_TRUE(run(one_->apply_session(CreateSession(session_of(1, 7), 5))));
    auto proven = prove(*other, 7);
    ASSERT_TRUE(proven);
    EXPECT_EQ(proven->session.id, 1U);
    EXPECT_FALSE(proven->is_ended);
    EXPECT_EQ(proven->owner->email, "a@a.com");
    EXPECT_EQ(proven->owner->role, Role::admin);
    ASSERT_TRUE(run(one_->apply_session(EndSessions({1}))));
    proven = prove(*other, 7);
    ASSERT_TRUE(proven);
    EXPECT_TRUE(proven->is_ended);
    EXPECT_EQ(prove(*other, 8).error(), Errc::session_not_found);
}

TEST_F(PostgresStore, ASessionEndsWithItsUser) {
    ASSERT_TRUE(apply(*one_, create("a@a.com")));
    ASSERT_TRUE(run(one_->apply_session(CreateSession(session_of(1, 7), 5))));
    sql("DELETE FROM users");
    EXPECT_TRUE(prove(*one_, 7)->is_ended);
    EXPECT_TRUE(run(one_->sessions_of(1))->empty());
}

TEST_F(PostgresStore, ASessionOfAUserWhoseIdIsTooLargeIsRefused) {
    constexpr UserId kTooLarge = UserId{1} << 53;
    EXPECT_EQ(run(one_->apply_session(CreateSession(session_of(kTooLarge, 7), 5))).error(),
              Errc::invalid_request);
    ASSERT_TRUE(apply(*one_, create("a@a.com")));
    EXPECT_TRUE(run(one_->apply_session(CreateSession(session_of(1, 7), 5))));
}

// The first wait is a second: with whole seconds it could be over at once.
TEST_F(PostgresStore, LimitsAreDecidedInMillisecondsOfTheDatabasesClock) {
    std::vector<std::chrono::milliseconds> times;
    const auto decide = [&](const std::vector<LimiterRecord>&, auto now) {
        times.push_back(now.time_since_epoch());
        return std::vector<LimiterRecord>(1, {"a", std::to_string(times.size()), some_time()});
    };
    const auto now_by_sql = [&] {
        const std::string text =
            sql("SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)").at(0);
        return std::chrono::milliseconds(std::stoll(text));
    };
    const auto begun = now_by_sql();
    for (int i = 0; i < 5; ++i)
        ASSERT_TRUE(run(one_->apply_session(DecideLimits({"b", "a"}, decide))));
    EXPECT_TRUE(std::is_sorted(times.begin(), times.end()));
    EXPECT_GE(times.front(), begun);
    EXPECT_LE(times.back(), now_by_sql());
}

TEST_F(PostgresStore, AnEditBySqlIsAWriteLikeOthers) {
    ASSERT_TRUE(apply(*one_, create("a@a.com", Role::admin)));
    ASSERT_TRUE(apply(*one_, create("b@b.com")));
    sql("UPDATE users SET disabled = true WHERE id = 2");
    const auto state = run(one_->auth_state(2));
    EXPECT_TRUE(state->disabled);
    EXPECT_EQ(state->credentials_revision, 3U);
    sql("INSERT INTO users (email, password_hash) VALUES ('c@c.com', '')");
    EXPECT_EQ(run(one_->find_by_login("C@c.com"))->id, 3U);
    EXPECT_EQ(apply(*one_, create("d@d.com"))->id, 4U);
    EXPECT_EQ(run(one_->find(4))->revision, 5U);
    sql("DELETE FROM users WHERE id > 2");
    EXPECT_EQ(apply(*one_, create("e@e.com"))->id, 5U) << "no id twice";
    EXPECT_EQ(sql("SELECT users, admins FROM store"), Lines({"3|1"}));
}

TEST_F(PostgresStore, AnEditBySqlThatBreaksARuleIsRefused) {
    CreateUser named("a@a.com", some_hash(), Role::admin);
    named.profile.username = "ann";
    ASSERT_TRUE(apply(*one_, named));
    ASSERT_TRUE(apply(*one_, create("b@b.com")));
    for (const char* edit :
         {"UPDATE users SET role = 'user'", "UPDATE users SET disabled = true WHERE id = 1",
          "DELETE FROM users", "UPDATE users SET email = 'A@A.com' WHERE id = 2",
          "UPDATE users SET email = 'ANN' WHERE id = 2", "UPDATE users SET id = 9 WHERE id = 2",
          "UPDATE users SET password_hash = 'plain' WHERE id = 2", "TRUNCATE users",
          "UPDATE users SET username = '17' WHERE id = 2", "UPDATE users SET group_names = 'A B'",
          "UPDATE users SET metadata = '[]'",
          "INSERT INTO users (id, email, password_hash) VALUES "
          "(1, 'x@x.com', '')"})
        EXPECT_THROW(sql(edit), std::runtime_error) << edit;
    EXPECT_EQ(sql("SELECT revision, users, admins FROM store"), Lines({"2|2|1"}));
}

TEST_F(PostgresStore, NoRequestSeesThatAllConnectionsWereTerminated) {
    ASSERT_TRUE(apply(*one_, create("a@a.com")));
    for (int i = 0; i < 3; ++i) {
        terminate_all();
        EXPECT_TRUE(run(one_->auth_state(1)));
        terminate_all();
        EXPECT_TRUE(apply(*one_, create(std::to_string(i) + "@b.com")));
        terminate_all();
        EXPECT_TRUE(run(one_->apply_session(CreateSession(session_of(1, 7), 5))));
        terminate_all();
        EXPECT_TRUE(run(one_->list(0, 10)));
    }
    EXPECT_EQ(run(one_->list(0, 10))->size(), 4U);
}

// A trigger ends the connection while COMMIT is under way.
TEST_F(PostgresStore, ACommitThatDidNotTakePlaceIsTriedAgainAndThenRefused) {
    ASSERT_TRUE(apply(*one_, create("a@a.com")));
    sql("CREATE FUNCTION end_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;"
        "CREATE CONSTRAINT TRIGGER end_it AFTER INSERT ON users DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW WHEN (NEW.email = 'b@b.com') EXECUTE FUNCTION end_it()");
    EXPECT_EQ(apply(*one_, create("b@b.com")).error(), Errc::store_unavailable);
    EXPECT_EQ(apply(*one_, create("c@c.com"))->id, 2U);
    EXPECT_EQ(sql("SELECT count(*) FROM users"), Lines({"2"}));
}

// What the rules allow the database refuses: by a constraint of somebody else's, for example.
TEST_F(PostgresStore, AWriteThatTheDatabaseRefusesIsNoReasonToRefuseOthers) {
    sql("ALTER TABLE users ADD CHECK (email <> 'b@b.com')");
    boost::asio::io_context context;
    std::vector<std::string> answers;
    for (const char* email : {"a@a.com", "b@b.com", "c@c.com"})
        boost::asio::co_spawn(
            context, one_->apply(create(email)),
            [&](std::exception_ptr, const result<User>& answer) {
                answers.push_back(answer ? answer->email : answer.error().message());
            });
    context.run();
    std::sort(answers.begin(), answers.end());
    EXPECT_EQ(answers,
              Lines({"a@a.com", "c@c.com", make_error_code(Errc::store_unavailable).message()}));
}

TEST_F(PostgresStore, ADatabaseOfAnotherVersionIsRefused) {
    one_.reset();
    sql("INSERT INTO schema_migrations VALUES (99, 'later', 'x', 0)");
    try {
        (void)open();
        FAIL();
    } catch (const StartupError& error) {
        EXPECT_EQ(error.code(), Errc::store_unavailable);
    }
}

TEST_F(PostgresStore, AnEmptyDatabaseIsMadeOnceByManyServers) {
    url_ = new_postgres_store();
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([this] { EXPECT_TRUE(open()->status().writable); });
    for (std::thread& thread : threads)
        thread.join();
    EXPECT_EQ(sql("SELECT count(*) FROM schema_migrations"), Lines({"1"}));
    EXPECT_EQ(sql("SELECT count(*) FROM store"), Lines({"1"}));
}

// From there and back, with everything, and compared by the transfer itself.
TEST_F(PostgresStore, IsCopiedBackedUpAndRestored) {
    const TemporaryDirectory directory;
    const std::string json = "json:" + (directory / "users.json").string();
    TransferOptions options;
    options.open = test_options();
    ASSERT_TRUE(apply(*one_, create("a@a.com", Role::admin)));
    ASSERT_TRUE(apply(*one_, create("b@b.com")));
    ASSERT_TRUE(apply(*one_, EraseUser(2)));
    ASSERT_TRUE(run(one_->apply_session(CreateSession(session_of(1, 7), 5))));
    ASSERT_TRUE(run(one_->apply_session(CreateSession(session_of(1, 8), 5))));
    ASSERT_TRUE(run(one_->apply_session(EndSessions({1}))));
    ASSERT_TRUE(run(one_->apply_session(
        SaveLimiterRecords({LimiterRecord("key", "1 2", some_time() + std::chrono::hours(1))}))));
    EXPECT_EQ(copy_store(url_, json, options).totals.sessions, 1U);
    const std::string copy = new_postgres_store();
    EXPECT_EQ(copy_store(json, copy, options).totals.revision, 3U);
    EXPECT_THROW(copy_store(json, copy, options), TargetOccupied);
    {
        const auto store = open_store(copy, test_options());
        EXPECT_EQ(apply(*store, create("c@c.com"))->id, 3U);
        EXPECT_EQ(run(store->limiter_records())->size(), 1U);
        EXPECT_EQ(run(store->apply_session(CreateSession(session_of(1, 9), 5)))->session->id, 3U);
    }
    const std::string file = (directory / "backup").string();
    EXPECT_EQ(back_up_store(copy, file, options).totals.users, 2U);
    EXPECT_THROW(restore_store(file, copy, true, options), TargetOccupied);
    EXPECT_EQ(restore_store(file, new_postgres_store(), true, options).totals.sessions, 2U);
}

TEST_F(PostgresStore, IsCheckedBesideAServer) {
    ASSERT_TRUE(apply(*one_, create("a@a.com")));
    EXPECT_TRUE(check_store(url_).is_sound());
    EXPECT_EQ(check_store(url_).users, 1U);
    sql("UPDATE store SET users = 5");
    EXPECT_FALSE(check_store(url_).is_sound());
}

TEST_F(PostgresStore, TheSchemaNeverGoesBelowItsFirstVersion) {
    ASSERT_TRUE(apply(*one_, create("alice@example.com", Role::admin)));
    one_.reset();
    MigrationGoal down;
    down.direction = MigrationGoal::Direction::down;
    EXPECT_TRUE(migrate_store(url_, down).empty());
    for (const unsigned to : {0U, 2U, 9999U}) {
        down.to = to;
        EXPECT_THROW(migrate_store(url_, down), StartupError) << to;
    }
    EXPECT_TRUE(run(open()->find_by_login("alice@example.com")).has_value());
}

TEST_F(PostgresStore, TheSchemaGoesUpAndDown) {
    one_.reset();
    std::vector<Migration> known(postgres::compiled_migrations().begin(),
                                 postgres::compiled_migrations().end());
    known.push_back({static_cast<unsigned>(known.size()) + 1, "later",
                     "ALTER TABLE users ADD COLUMN later int",
                     "ALTER TABLE users DROP COLUMN later", "checksum"});
    const auto migrate = [&](MigrationGoal::Direction direction) {
        postgres::DirectConnection direct(url_.substr(std::string("postgres:").size()));
        MigrationGoal goal;
        goal.direction = direction;
        return direct.run(
            [&] { return postgres::migrate(direct.connection(), goal, some_time(), known); });
    };
    const std::string name = full_name(known.back().number, "later");
    EXPECT_EQ(migrate(MigrationGoal::Direction::up), Lines({"applied " + name}));
    EXPECT_EQ(schema_of(url_).back().problem, "this roster does not know it");
    EXPECT_THROW(open(), StartupError);
    EXPECT_EQ(migrate(MigrationGoal::Direction::down), Lines({"took back " + name}));
    EXPECT_TRUE(migrate_store(url_, MigrationGoal()).empty());
    EXPECT_TRUE(open()->status().writable);
}

}  // namespace
}  // namespace roster::storage
