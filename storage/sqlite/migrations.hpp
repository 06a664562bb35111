#pragma once

// The versions of the database's schema, and the steps between them.
// Knows no lock; the SQL is compiled in from migrations/sqlite/.

#include "storage/core/migrations.hpp"
#include "storage/sqlite/connection.hpp"

#include <chrono>
#include <vector>

namespace roster::storage {

/// Those that this program was built with, in order.
Migrations compiled_migrations() noexcept;

/// "rstr": marks a database as roster's.
inline constexpr std::int64_t kApplicationId = 0x72737472;

/// In order; empty for a new database. Throws, as below: `SQLite::Exception`.
std::vector<AppliedMigration> applied_migrations(Connection& connection);

/// Each is one transaction with its record in schema_migrations.
/// Requires: a connection in mode `build`; the migration follows the last one applied, or is it.
void apply_up(Connection& connection, const Migration& migration, std::chrono::sys_seconds now);
void apply_down(Connection& connection, const Migration& migration);

}  // namespace roster::storage
