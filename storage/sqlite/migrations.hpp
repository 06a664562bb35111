#pragma once

// The versions of the database's schema, and the steps between them.
// Knows no lock; the SQL is compiled in from migrations/sqlite/.

#include "storage/sqlite/connection.hpp"

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace roster::storage {

struct Migration {
    /// From 1, without gaps.
    unsigned number = 0;
    std::string_view name;
    std::string_view up;
    std::string_view down;
    /// The SHA-256 of `up`, in hexadecimal.
    std::string_view checksum;
};

using Migrations = std::span<const Migration>;

/// Those that this program was built with, in order.
Migrations compiled_migrations() noexcept;

struct AppliedMigration {
    unsigned number = 0;
    std::string name;
    std::string checksum;
    std::chrono::sys_seconds applied_at{};
};

/// "rstr": marks a database as roster's.
inline constexpr std::int64_t kApplicationId = 0x72737472;

/// In order; empty for a new database. Throws, as below: `SQLite::Exception`.
std::vector<AppliedMigration> applied_migrations(Connection& connection);

/// Why this program must not open a database with these migrations; empty if it may.
std::string why_incompatible(const std::vector<AppliedMigration>& applied, Migrations known);

/// "0002_sessions"
std::string full_name(unsigned number, std::string_view name);

/// Each is one transaction with its record in schema_migrations.
/// Requires: a connection in mode `build`; the migration follows the last one applied, or is it.
void apply_up(Connection& connection, const Migration& migration, std::chrono::sys_seconds now);
void apply_down(Connection& connection, const Migration& migration);

}  // namespace roster::storage
