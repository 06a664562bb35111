#include "storage/sqlite/migrations.hpp"

#include <SQLiteCpp/Exception.h>

#include <algorithm>
#include <stdexcept>

namespace roster::storage {
namespace {

constexpr const char* kCreateTable =
    "CREATE TABLE IF NOT EXISTS schema_migrations (number INTEGER NOT NULL PRIMARY KEY, name TEXT "
    "NOT NULL, checksum TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT";

// Tables are rebuilt by some migrations; what refers to them is checked at the end instead.
class WithoutForeignKeys {
  public:
    explicit WithoutForeignKeys(Connection& connection) : connection_(connection) {
        connection_.run("PRAGMA foreign_keys = OFF");
    }
    WithoutForeignKeys(const WithoutForeignKeys&) = delete;
    WithoutForeignKeys& operator=(const WithoutForeignKeys&) = delete;
    ~WithoutForeignKeys() {
        try {
            connection_.run("PRAGMA foreign_keys = ON");
        } catch (const SQLite::Exception&) {
            // The connection is broken, and says so again at its next use.
        }
    }

  private:
    Connection& connection_;
};

void check_foreign_keys(Connection& connection) {
    if (connection.query("PRAGMA foreign_key_check").step())
        throw std::runtime_error("it leaves rows that refer to what is gone");
}

}  // namespace

std::vector<AppliedMigration> applied_migrations(Connection& connection) {
    std::vector<AppliedMigration> applied;
    if (connection.number("SELECT count(*) FROM sqlite_schema WHERE name = 'schema_migrations'") ==
        0)
        return applied;
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

std::string why_not_mine(const std::vector<AppliedMigration>& applied, Migrations known) {
    for (std::size_t i = 0; i < applied.size(); ++i) {
        const std::string name = full_name(applied[i].number, applied[i].name);
        if (applied[i].number != i + 1)
            return "the migrations that it records are not in a row (" + name + ")";
        if (i >= known.size())
            return "was made by a newer roster (it has migration " + name +
                   ", which this one does not know); use that one";
        if (applied[i].name != known[i].name || applied[i].checksum != known[i].checksum)
            return "was made with another migration " + name + " than this roster's " +
                   full_name(known[i].number, known[i].name) +
                   "; use the roster that it was made with";
    }
    return {};
}

std::string full_name(unsigned number, std::string_view name) {
    const std::string digits = std::to_string(number);
    constexpr std::size_t kDigits = 4;
    return std::string(kDigits - std::min(digits.size(), kDigits), '0') + digits + "_" +
           std::string(name);
}

void apply_up(Connection& connection, const Migration& migration, std::chrono::sys_seconds now) {
    const WithoutForeignKeys pause(connection);
    Transaction transaction(connection);
    connection.run("PRAGMA application_id = " + std::to_string(kApplicationId));
    connection.run(kCreateTable);
    connection.run(std::string(migration.up));
    check_foreign_keys(connection);
    connection
        .query(
            "INSERT INTO schema_migrations (number, name, checksum, applied_at) VALUES (?, ?, ?, "
            "?)")
        .bind(std::int64_t{migration.number})
        .bind(migration.name)
        .bind(migration.checksum)
        .bind(now)
        .run();
    transaction.commit();
}

void apply_down(Connection& connection, const Migration& migration) {
    const WithoutForeignKeys pause(connection);
    Transaction transaction(connection);
    connection.run(std::string(migration.down));
    check_foreign_keys(connection);
    connection.query("DELETE FROM schema_migrations WHERE number = ?")
        .bind(std::int64_t{migration.number})
        .run();
    transaction.commit();
}

}  // namespace roster::storage
