#pragma once

// The versions of a store's schema, for whoever looks after it while nobody serves it.

#include <roster/error.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace roster::storage {

struct SchemaVersion {
    unsigned number = 0;
    /// "0002_sessions"
    std::string name;
    /// Nothing where it is not applied.
    std::optional<std::chrono::sys_seconds> applied_at;
    /// What is wrong with it, for people; mostly empty.
    std::string problem;
};

struct MigrationGoal {
    enum class Direction { up, down };

    Direction direction = Direction::up;
    /// The newest, or one less than there is, where it is not set.
    std::optional<unsigned> to;
};

/// In order; nothing where this kind of store has no versions. Changes nothing.
///
/// Throws, as below: `StartupError` with `invalid_request`, `store_damaged` or `store_unavailable`.
std::vector<SchemaVersion> schema_of(std::string_view url);

/// Gives what was done, for people. Throws: also with `store_locked`.
std::vector<std::string> migrate_store(std::string_view url, const MigrationGoal& goal);

}  // namespace roster::storage
