#pragma once

// What a check, a repair and a migration of a store report.

#include <roster/error.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace roster::storage {

struct Finding {
    enum class Kind {
        /// A start accepts this.
        note,
        /// A start refuses this.
        damage,
    };

    Kind kind = Kind::note;
    /// With file and location.
    std::string text;
};

struct StoreReport {
    std::vector<Finding> findings;
    /// Users that can be read.
    std::uint64_t users = 0;

    /// The end of the findings if there is no damage.
    std::vector<Finding>::const_iterator first_damage() const noexcept {
        return std::find_if(findings.begin(), findings.end(), [](const Finding& finding) {
            return finding.kind == Finding::Kind::damage;
        });
    }
    bool is_sound() const noexcept { return first_damage() == findings.end(); }
};

/// What a repair would do. The store stays locked until it is destroyed.
class StoreRepair {
  public:
    virtual ~StoreRepair() = default;

    /// In order, for people; empty if there is nothing to do.
    virtual const std::vector<std::string>& steps() const = 0;

    /// Keeps what was damaged, under another name.
    /// Throws: `StartupError` with `store_unavailable`.
    virtual void carry_out() = 0;
};

struct SchemaVersion {
    unsigned number = 0;
    /// "0002_sessions"
    std::string name;
    /// `nullopt` if it is not applied.
    std::optional<std::chrono::sys_seconds> applied_at;
    /// What is wrong with it, for people; mostly empty.
    std::string problem;
};

struct MigrationGoal {
    enum class Direction { up, down };

    Direction direction = Direction::up;
    /// The default is the newest version, or one less than the current one.
    std::optional<unsigned> to;
};

}  // namespace roster::storage
