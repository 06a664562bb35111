#pragma once

// The versions of the store's tables, and the steps between them.
// Knows no cluster; the SQL is compiled in from migrations/postgres/.

#include "storage/core/maintenance.hpp"
#include "storage/core/migrations.hpp"
#include "storage/postgres/connection.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace roster::storage::postgres {

/// Those that this program was built with, in order.
Migrations compiled_migrations() noexcept;

/// In order; empty for a database without a store. Throws, as below: `Lost`, `Refused`.
std::vector<AppliedMigration> applied_migrations(Connection& connection);

enum class IfEmpty { make, refuse };

/// Makes a store in a database without one; another program may do the same at the same time.
/// Throws: `StartupError` if the database has another version, or none and it is refused.
void require_schema(Connection& connection, IfEmpty if_empty, std::chrono::sys_seconds now);

/// As `migrate_store`.
std::vector<std::string> migrate(Connection& connection, const MigrationGoal& goal,
                                 std::chrono::sys_seconds now,
                                 Migrations known = compiled_migrations());

}  // namespace roster::storage::postgres
