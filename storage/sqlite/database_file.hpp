#pragma once

// The way from a path to a database that may be served: locked, looked over, of this program's
// version.

#include <roster/store.hpp>

#include "core/files/file_system.hpp"
#include "storage/sqlite/connection.hpp"
#include "storage/sqlite/migrations.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace roster::storage {

/// The absolute path behind all links. Throws: `StartupError` with `store_unavailable`.
std::string real_path_of(FileSystem& files, const std::string& path);

/// A database has one name, because its log goes by that: the lock does, too.
/// Throws: `StartupError` with `store_unavailable`.
void refuse_second_name(const std::string& path);

/// Lets SQLite undo what a program was killed in, which who only looks cannot see.
/// Requires: the store's lock is held. Throws: `StartupError`.
void undo_unfinished_change(FileSystem& files, const std::string& path);

/// What can be said of a database without changing anything.
class DatabaseInspector {
  public:
    /// Nothing where there is no file. Throws: `StartupError` with `store_damaged` (also of a file
    /// that is no database of roster's, or of which only the write-ahead log is there) or
    /// `store_unavailable`.
    /// `is_alone`: the caller holds the store's lock.
    static std::unique_ptr<DatabaseInspector> at(FileSystem& files, const std::string& path,
                                                 bool is_alone);

    ~DatabaseInspector();

    const std::vector<AppliedMigration>& applied() const noexcept { return applied_; }
    /// Whether whoever wrote last closed it.
    bool was_closed() const noexcept { return was_closed_; }
    /// What SQLite's check finds; nothing is good.
    std::vector<std::string> problems();
    Connection& connection() noexcept { return *connection_; }

  private:
    DatabaseInspector(FileSystem& files, std::string path, bool is_alone);

    void read();
    void refuse_half_a_page();

    FileSystem& files_;
    std::string path_;
    bool removes_shared_memory_ = false;
    std::unique_ptr<Connection> connection_;
    std::vector<AppliedMigration> applied_;
    bool was_closed_ = true;
};

struct OpenedDatabase {
    std::shared_ptr<FileSystem> files;
    std::unique_ptr<FileLock> lock;
    std::string path;
    std::unique_ptr<Connection> writer;
};

/// Makes it where it is missing; brings it to this program's version, after a copy where there is
/// something to lose.
///
/// Throws: `StartupError` with `store_locked`, `store_damaged` or `store_unavailable`; then what
/// was there is as it was.
OpenedDatabase open_database(const std::string& path, const OpenOptions& options,
                             std::shared_ptr<FileSystem> files,
                             Migrations known = compiled_migrations());

/// Applies what is missing up to the number, or takes back what is above it, each after a copy.
/// Gives what was done, for people. Throws: `StartupError`.
std::vector<std::string> migrate(const OpenedDatabase& opened, const OpenOptions& options,
                                 Migrations known, unsigned to);

/// As `open_database`, but leaves the version as it is. Nothing where there is no file.
std::optional<OpenedDatabase> open_as_it_is(const std::string& path, const OpenOptions& options,
                                            std::shared_ptr<FileSystem> files, Migrations known);

}  // namespace roster::storage
