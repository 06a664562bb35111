#pragma once

// Looks at a database without changing it: is it one, is it roster's, of which version, sound?
// Also the checks of its name and its neighbours. Knows no row of a user.

#include "core/files/file_system.hpp"
#include "storage/core/store_files.hpp"
#include "storage/sqlite/connection.hpp"
#include "storage/sqlite/migrations.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace roster::storage {

/// Refuses hard links: the names of the log and of the lock go by that of the database.
/// Throws: `StartupError` with `store_unavailable`.
void refuse_second_name(const std::string& path);

/// Refuses what is no ordinary file of this store where SQLite would open its logs: it would wait
/// at a pipe, and write through a link. Throws: `StartupError` with `store_unavailable`.
void refuse_foreign_logs(const std::string& path);

/// Whether `path`-journal holds a change that another program is making, or was killed in.
bool has_unfinished_change(FileSystem& files, const std::string& path);

/// Lets SQLite roll back what a killed program left in `path`-journal.
/// Requires: the store's lock is held. Throws: `StartupError`.
void undo_unfinished_change(FileSystem& files, const std::string& path);

struct SchemaDifference {
    /// For people.
    std::string text;
    /// Whether the store must not be used with it.
    bool is_damage = false;
};

class DatabaseInspector {
  public:
    /// Null if there is no file. `is_alone`: nobody writes it now; a server that starts meanwhile
    /// shows in `was_disturbed`.
    /// Throws: `StartupError` with `store_damaged` (also if it is not roster's database, or only
    /// its write-ahead log is there) or `store_unavailable`.
    static std::unique_ptr<DatabaseInspector> at(FileSystem& files, const std::string& path,
                                                 bool is_alone);
    ~DatabaseInspector();

    const std::vector<AppliedMigration>& applied() const noexcept { return applied_; }
    /// Whether the last process that wrote it closed it.
    bool was_closed() const noexcept { return was_closed_; }
    /// What SQLite's integrity check finds; empty if it is sound.
    std::vector<std::string> problems();
    /// Throws: `StartupError` with `store_damaged` if there are problems.
    void refuse_damage();
    /// What its schema has more, or less, than its migrations made. Judged by names: texts differ
    /// between versions of SQLite.
    std::vector<SchemaDifference> schema_differences(Migrations known);
    /// Triggers change what is written, and without a table nothing can be.
    /// Throws: `StartupError` with `store_damaged` if there is such a difference.
    void refuse_other_schema(Migrations known);
    /// Throws: `StartupError` with `store_unavailable` if this program must not use the database.
    void refuse_other_version(Migrations known) const;
    /// Whether another process may have changed the file while it was read without looking for
    /// changes; what was read then counts for nothing.
    bool was_disturbed() const;
    Connection& connection() noexcept { return *connection_; }

  private:
    DatabaseInspector(FileSystem& files, std::string path, bool is_alone);
    void remove_shared_memory();

    void read();

    FileSystem& files_;
    std::string path_;
    std::optional<FileInfo> opened_;
    bool makes_shared_memory_ = false;
    bool is_immutable_ = false;
    std::unique_ptr<Connection> connection_;
    std::vector<AppliedMigration> applied_;
    bool was_closed_ = true;
};

/// Without the store's lock. Throws: as `DatabaseInspector::at`.
std::unique_ptr<DatabaseInspector> look_at(FileSystem& files, const std::string& path);

/// The same: calls `read` with an inspector, again if a server has disturbed it.
/// False if there is no database.
/// Throws: as `DatabaseInspector::at`, and what `read` throws.
bool read_undisturbed(FileSystem& files, const std::string& path,
                      const std::function<void(DatabaseInspector&)>& read);

/// For a reader without the store's lock, beside a server or not. Null if there is no database.
/// Throws: as `DatabaseInspector::at`; `store_unavailable` also if it is of another version.
std::unique_ptr<DatabaseInspector> inspect_shared(FileSystem& files, const std::string& path);

}  // namespace roster::storage
