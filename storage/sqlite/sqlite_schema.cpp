#include "storage/sqlite/sqlite_schema.hpp"

#include "core/files/temporary_lock.hpp"
#include "storage/sqlite/database_file.hpp"

#include <algorithm>
#include <utility>

namespace roster::storage {
namespace {

SchemaVersion known_version(const Migration& migration) {
    SchemaVersion version;
    version.number = migration.number;
    version.name = full_name(migration.number, migration.name);
    return version;
}

std::vector<AppliedMigration> applied_to(const std::string& path, FileSystem& files) {
    const std::string real = real_path_of(files, path);
    std::unique_ptr<FileLock> lock;
    try {
        if (files.info(real + ".lock")) lock = lock_for_writing(files, real);
    } catch (const StartupError& error) {
        // Whoever serves it is not disturbed by being read.
        if (error.code() != Errc::store_locked) throw;
    }
    const bool is_alone = lock || !files.info(real + ".lock");
    const auto read_locked = DatabaseInspector::at(files, real, is_alone);
    return read_locked ? read_locked->applied() : std::vector<AppliedMigration>();
}

unsigned goal_of(const MigrationGoal& goal, std::size_t applied, std::size_t known) {
    const bool is_up = goal.direction == MigrationGoal::Direction::up;
    const auto now = static_cast<unsigned>(applied);
    const unsigned to =
        goal.to.value_or(is_up ? static_cast<unsigned>(known) : std::max(now, 2U) - 1);
    if (to < 1 || to > known)
        throw StartupError(Errc::invalid_request, "there are the versions 1 to " +
                                                      std::to_string(known) + ", but no " +
                                                      std::to_string(to));
    // Up never takes back, and down never applies.
    return is_up ? std::max(to, now) : std::min(to, now);
}

}  // namespace

std::vector<SchemaVersion> schema_of_database(const std::string& path, FileSystem& files,
                                              Migrations known) {
    const auto applied = applied_to(path, files);
    std::vector<SchemaVersion> versions;
    for (std::size_t i = 0; i < std::max(applied.size(), known.size()); ++i) {
        SchemaVersion version;
        if (i < known.size()) version = known_version(known[i]);
        if (i < applied.size()) {
            const std::string name = full_name(applied[i].number, applied[i].name);
            if (i >= known.size()) {
                version.number = applied[i].number;
                version.problem = "this roster does not know it";
            } else if (name != version.name || applied[i].checksum != known[i].checksum) {
                version.problem = "is not what this roster knows by that number";
            }
            version.name = name;
            version.applied_at = applied[i].applied_at;
        }
        versions.push_back(std::move(version));
    }
    return versions;
}

std::vector<std::string> migrate_database(const std::string& path, const MigrationGoal& goal,
                                          const OpenOptions& options,
                                          std::shared_ptr<FileSystem> files, Migrations known) {
    const auto opened = open_as_it_is(path, options, std::move(files), known);
    if (!opened)
        throw StartupError(Errc::store_unavailable,
                           path + ": is not there; the first start makes it");
    const std::size_t applied = applied_migrations(*opened->writer).size();
    return migrate(*opened, options, known, goal_of(goal, applied, known.size()));
}

}  // namespace roster::storage
