#pragma once

// The versions of a database's schema: those that a program knows, and those that a database has.
// Knows no database.

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

struct AppliedMigration {
    unsigned number = 0;
    std::string name;
    std::string checksum;
    std::chrono::sys_seconds applied_at{};
};

/// Why this program must not open a database with these migrations; empty if it may.
std::string why_incompatible(const std::vector<AppliedMigration>& applied, Migrations known);

/// "0002_sessions"
std::string full_name(unsigned number, std::string_view name);

}  // namespace roster::storage
