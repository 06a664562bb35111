#include "storage/sqlite/migrations.hpp"

#include <SQLiteCpp/Transaction.h>

#include <stdexcept>

namespace roster::storage {
namespace {

constexpr const char* kCreateTable =
    "CREATE TABLE IF NOT EXISTS schema_migrations (number INTEGER NOT NULL PRIMARY KEY, name TEXT "
    "NOT NULL, checksum TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT";

// Foreign keys are not enforced while a migration rebuilds tables; so they are checked at its end.
void check_foreign_keys(Connection& connection) {
    if (connection.query("PRAGMA foreign_key_check").step())
        throw std::runtime_error("it leaves rows that refer to missing rows");
}

}  // namespace

std::vector<AppliedMigration> applied_migrations(Connection& connection) {
    std::vector<AppliedMigration> applied;
    if (!connection.tableExists("schema_migrations")) return applied;
    Query query = connection.query(
        "SELECT number, name, checksum, applied_at FROM schema_migrations ORDER BY number");
    while (query.step()) {
        AppliedMigration migration;
        migration.number = static_cast<unsigned>(query.number(0));
        migration.name = query.text(1);
        migration.checksum = query.text(2);
        migration.applied_at = query.time(3);
        applied.push_back(std::move(migration));
    }
    return applied;
}

void apply_up(Connection& connection, const Migration& migration, std::chrono::sys_seconds now) {
    SQLite::Transaction transaction(connection, SQLite::TransactionBehavior::IMMEDIATE);
    connection.exec("PRAGMA application_id = " + std::to_string(kApplicationId));
    connection.exec(kCreateTable);
    connection.exec(std::string(migration.up));
    check_foreign_keys(connection);
    connection.run(
        "INSERT INTO schema_migrations (number, name, checksum, applied_at) VALUES (?, ?, ?, ?)",
        std::int64_t{migration.number}, migration.name, migration.checksum, now);
    transaction.commit();
}

void apply_down(Connection& connection, const Migration& migration) {
    SQLite::Transaction transaction(connection, SQLite::TransactionBehavior::IMMEDIATE);
    connection.exec(std::string(migration.down));
    check_foreign_keys(connection);
    connection.run("DELETE FROM schema_migrations WHERE number = ?",
                   std::int64_t{migration.number});
    transaction.commit();
}

}  // namespace roster::storage
