#include "storage/postgres/schema.hpp"

#include <roster/error.hpp>

#include "storage/postgres/cluster.hpp"

#include <algorithm>

namespace roster::storage::postgres {
namespace {

constexpr auto kMigrationPatience = std::chrono::minutes(30);
// Of programs that make or migrate a store at the same time; the text is "rstr".
constexpr const char* kLock = "SELECT pg_advisory_xact_lock(1920169074)";
constexpr const char* kCreateTable =
    "CREATE TABLE IF NOT EXISTS schema_migrations (number int NOT NULL PRIMARY KEY, name text NOT "
    "NULL, checksum text NOT NULL, applied_at bigint NOT NULL)";

[[noreturn]] void throw_incompatible(const std::string& why) {
    throw StartupError(Errc::store_unavailable, "the database " + why);
}

void begin(Connection& connection) {
    connection.send("BEGIN");
    connection.send("SET LOCAL lock_timeout = '5s'");
    connection.send("SET LOCAL idle_in_transaction_session_timeout = 0");
    connection.send(kLock);
    (void)connection.finish(kMigrationPatience);
}

void apply_up(Connection& connection, const Migration& migration, std::chrono::sys_seconds now) {
    (void)connection.run(kCreateTable, {}, kWritePatience);
    connection.run_script(std::string(migration.up), kMigrationPatience);
    Params params;
    params.add(migration.number).add(std::string(migration.name));
    params.add(std::string(migration.checksum)).add(now);
    (void)connection.run(
        "INSERT INTO schema_migrations VALUES ($1::int, $2::text, $3::text, $4::bigint)", params,
        kWritePatience);
}

void apply_down(Connection& connection, const Migration& migration) {
    connection.run_script(std::string(migration.down), kMigrationPatience);
    Params params;
    params.add(migration.number);
    (void)connection.run("DELETE FROM schema_migrations WHERE number = $1::int", params,
                         kWritePatience);
}

void commit(Connection& connection) {
    (void)connection.run("COMMIT", {}, kMigrationPatience);
}

}  // namespace

std::vector<AppliedMigration> applied_migrations(Connection& connection) {
    std::vector<AppliedMigration> applied;
    // to_regclass may still have the answer of before a lock was acquired.
    const Rows exists = connection.run(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_tables WHERE tablename = 'schema_migrations' AND "
        "schemaname = current_schema())",
        {}, kReadPatience);
    if (!exists.flag(0, 0)) return applied;
    const Rows rows = connection.run(
        "SELECT number, name, checksum, applied_at FROM schema_migrations ORDER BY number", {},
        kReadPatience);
    for (int row = 0; row < rows.size(); ++row) {
        AppliedMigration migration;
        migration.number = static_cast<unsigned>(rows.number(row, 0));
        migration.name = rows.text(row, 1);
        migration.checksum = rows.text(row, 2);
        migration.applied_at = rows.time(row, 3);
        applied.push_back(std::move(migration));
    }
    return applied;
}

void require_schema(Connection& connection, IfEmpty if_empty, std::chrono::sys_seconds now) {
    const Migrations known = compiled_migrations();
    auto applied = applied_migrations(connection);
    if (applied.empty()) {
        if (if_empty == IfEmpty::refuse)
            throw_incompatible("has no store; 'roster serve' makes one in an empty database");
        begin(connection);
        if (applied_migrations(connection).empty())
            for (const Migration& migration : known)
                apply_up(connection, migration, now);
        commit(connection);
        applied = applied_migrations(connection);
    }
    const std::string why = why_incompatible(applied, known);
    if (!why.empty()) throw_incompatible(why);
    if (applied.size() < known.size())
        throw_incompatible("has schema version " + std::to_string(applied.size()) +
                           ", and this roster needs version " + std::to_string(known.size()) +
                           "; run 'roster migrate up'");
}

std::vector<std::string> migrate(Connection& connection, const MigrationGoal& goal,
                                 std::chrono::sys_seconds now, Migrations known) {
    const std::size_t to = goal_of(goal, applied_migrations(connection).size(), known.size());
    const bool is_up = goal.direction == MigrationGoal::Direction::up;
    std::vector<std::string> done;
    for (;;) {
        begin(connection);
        const auto applied = applied_migrations(connection);
        const std::string why = why_incompatible(applied, known);
        if (!why.empty()) throw_incompatible(why);
        if (is_up ? applied.size() >= to : applied.size() <= to) break;
        const Migration& next = known[is_up ? applied.size() : applied.size() - 1];
        if (is_up)
            apply_up(connection, next, now);
        else
            apply_down(connection, next);
        commit(connection);
        done.push_back((is_up ? "applied " : "took back ") + full_name(next.number, next.name));
    }
    commit(connection);
    return done;
}

}  // namespace roster::storage::postgres
