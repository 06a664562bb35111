#include "storage/core/migrations.hpp"

#include <roster/error.hpp>

#include <algorithm>
#include <utility>

namespace roster::storage {

std::string why_incompatible(const std::vector<AppliedMigration>& applied, Migrations known) {
    for (std::size_t i = 0; i < applied.size(); ++i) {
        const std::string name = full_name(applied[i].number, applied[i].name);
        if (applied[i].number != i + 1) return "records migrations with a gap before " + name;
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

std::vector<SchemaVersion> schema_versions(const std::vector<AppliedMigration>& applied,
                                           Migrations known) {
    std::vector<SchemaVersion> versions;
    for (std::size_t i = 0; i < std::max(applied.size(), known.size()); ++i) {
        SchemaVersion version;
        if (i < known.size()) {
            version.number = known[i].number;
            version.name = full_name(known[i].number, known[i].name);
        }
        if (i < applied.size()) {
            const std::string name = full_name(applied[i].number, applied[i].name);
            if (i >= known.size()) {
                version.number = applied[i].number;
                version.problem = "this roster does not know it";
            } else if (name != version.name || applied[i].checksum != known[i].checksum) {
                version.problem = "differs from this roster's migration of that number";
            }
            version.name = name;
            version.applied_at = applied[i].applied_at;
        }
        versions.push_back(std::move(version));
    }
    return versions;
}

std::size_t goal_of(const MigrationGoal& goal, std::size_t applied, std::size_t known) {
    const bool is_up = goal.direction == MigrationGoal::Direction::up;
    const std::size_t to = goal.to.value_or(is_up ? known : std::max<std::size_t>(applied, 2) - 1);
    if (to < 1 || to > known)
        throw StartupError(Errc::invalid_request, "the versions are 1 to " + std::to_string(known) +
                                                      ", not " + std::to_string(to));
    // Up never takes back, and down never applies.
    return is_up ? std::max(to, applied) : std::min(to, applied);
}

std::string full_name(unsigned number, std::string_view name) {
    const std::string digits = std::to_string(number);
    constexpr std::size_t kDigits = 4;
    return std::string(kDigits - std::min(digits.size(), kDigits), '0') + digits + "_" +
           std::string(name);
}

}  // namespace roster::storage
