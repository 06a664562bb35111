#pragma once

// The versions of the database's schema, and how to get from one to the next.
// Knows no lock; the texts are compiled in from migrations/sqlite/.

#include "storage/sqlite/connection.hpp"

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace roster::storage {

struct Migration {
    /// From 1, without a gap.
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

/// "rstr": tells roster's databases from all others.
inline constexpr std::int64_t kApplicationId = 0x72737472;

/// In order; nothing in a database that is new. Errors, as of all below: `SQLite::Exception`.
std::vector<AppliedMigration> applied_migrations(Connection& connection);

/// Why this program must not touch a database with these; empty where it may.
std::string why_not_mine(const std::vector<AppliedMigration>& applied, Migrations known);

/// "0002_sessions"
std::string full_name(unsigned number, std::string_view name);

/// One transaction: all of it and its record, or nothing.
/// Requires: it is the one that follows those that were applied.
void apply_up(Connection& connection, const Migration& migration, std::chrono::sys_seconds now);
/// Requires: it is the last one that was applied.
void apply_down(Connection& connection, const Migration& migration);

}  // namespace roster::storage
