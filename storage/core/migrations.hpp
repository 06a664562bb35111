#pragma once

// The versions of a database's schema: those that a program knows, and those that a database has.
// Knows no database.

#include "storage/core/maintenance.hpp"

#include <chrono>
#include <cstddef>
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

struct AppliedMigration {
    unsigned number = 0;
    std::string name;
    std::string checksum;
    std::chrono::sys_seconds applied_at{};
};

/// Why this program must not open a database with these migrations; empty if it may.
std::string why_incompatible(const std::vector<AppliedMigration>& applied, Migrations known);

/// All versions that either of them has, in order.
std::vector<SchemaVersion> schema_versions(const std::vector<AppliedMigration>& applied,
                                           Migrations known);

/// How many migrations are to be applied at the end: never less than one, which would be no store.
/// Throws: `StartupError` `invalid_request` if there is no such version.
std::size_t goal_of(const MigrationGoal& goal, std::size_t applied, std::size_t known);

/// "0002_sessions"
std::string full_name(unsigned number, std::string_view name);

}  // namespace roster::storage
