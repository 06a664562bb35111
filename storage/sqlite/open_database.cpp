// A start:
//  1. Take the lock of the file behind all links; finish what a killed process left.
//  2. Inspect: a missing database is made; one that is not roster's, is newer or damaged is refused
//     untouched. Only a database that was not closed is checked in full.
//  3. Apply missing migrations, after a copy.
//  4. Open the connection that writes.

#include "storage/sqlite/open_database.hpp"

#include "core/files/file_attributes.hpp"
#include "core/files/file_system.hpp"
#include "core/files/temporary_lock.hpp"
#include "storage/sqlite/database_inspector.hpp"
#include "storage/sqlite/rows.hpp"
#include "storage/sqlite/sqlite_store.hpp"

#include <SQLiteCpp/Backup.h>
#include <SQLiteCpp/Transaction.h>
#include <sqlite3.h>
#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>
#include <roster/log.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>

namespace roster::storage {
namespace {

// In parts, so that `tell` is called meanwhile.
void copy_pages(Connection& from, Connection& to, const PagesCopied& tell) {
    constexpr int kPages = 4096;
    constexpr int kMaxAttempts = 500;
    constexpr auto kPause = std::chrono::milliseconds(20);
    SQLite::Backup backup(to, from);
    for (int attempts = 0;;) {
        const int outcome = backup.executeStep(kPages);
        const auto total = static_cast<std::uint64_t>(backup.getTotalPageCount());
        if (tell) tell(total - static_cast<std::uint64_t>(backup.getRemainingPageCount()), total);
        if (outcome == SQLITE_DONE) return;
        if (outcome == SQLITE_OK) continue;
        if (++attempts == kMaxAttempts)
            throw boost::system::system_error(
                make_error_code(boost::system::errc::device_or_resource_busy));
        std::this_thread::sleep_for(kPause);
    }
}

std::unique_ptr<FileLock> lock_database(FileSystem& files, const std::string& real) {
    auto lock = lock_for_writing(files, real);
    finish_replacement(files, sqlite_store_files(real));
    return lock;
}

// How many migrations it has; nullopt if it is missing.
std::optional<std::size_t> inspect(FileSystem& files, const std::string& path,
                                   const OpenOptions& options, Migrations known) {
    refuse_second_name(path);
    refuse_foreign_logs(path);
    undo_unfinished_change(files, path);
    const auto inspector = DatabaseInspector::at(files, path, true);
    if (!inspector) return std::nullopt;
    inspector->refuse_other_version(known);
    inspector->refuse_other_schema(known);
    if (!inspector->was_closed()) {
        if (options.log)
            options.log->info("{}: was not closed by the last process that wrote it; checking it",
                              path);
        inspector->refuse_damage();
    }
    return inspector->applied().size();
}

void make_new(FileSystem& files, const std::string& path, const OpenOptions& options,
              Migrations known) {
    translate_startup_errors(path, "made", [&] {
        make_database(files, path, path, [&](Connection& connection) {
            for (const Migration& migration : known)
                apply_up(connection, migration, options.now());
        });
        if (const auto owner = owner_of_new_file(files, path))
            files.open(path, OpenMode::append).value()->set_owner_and_mode(*owner).value();
    });
}

// Older copies stay: they may be the better ones.
std::string free_name(FileSystem& files, const std::string& name) {
    std::string free = name;
    for (int i = 2; files.info(free); ++i)
        free = name + "." + std::to_string(i);
    return free;
}

template <class Apply>
void step(const std::string& path, const std::string& doing, Apply apply) {
    try {
        apply();
    } catch (const std::exception& error) {
        throw StartupError(Errc::store_unavailable,
                           path + ": " + doing + " failed and was undone: " + error.what());
    }
}

// Applies what is missing up to the number, or takes back what is above it. Returns what was done.
std::vector<std::string> migrate(FileSystem& files, const std::string& path, std::size_t applied,
                                 std::size_t goal, const OpenOptions& options, Migrations known) {
    std::vector<std::string> done;
    if (applied == goal) return done;
    translate_startup_errors(path, "migrated", [&] {
        Connection connection(path, Connection::Mode::build);
        if (read_meta(connection, "revision") != 0) {
            const bool is_up = applied < goal;
            const std::string number = full_name(known[is_up ? applied : applied - 1].number, "");
            const std::string copy = free_name(
                files, path + (is_up ? ".before-" : ".before-down-") + number.substr(0, 4));
            copy_database(files, connection, path, copy);
            done.push_back("copied to " + copy);
        }
        for (std::size_t at = applied; at < goal; ++at) {
            const std::string name = full_name(known[at].number, known[at].name);
            step(path, "migration " + name,
                 [&] { apply_up(connection, known[at], options.now()); });
            done.push_back("applied " + name);
        }
        for (std::size_t at = applied; at > goal; --at) {
            const Migration& migration = known[at - 1];
            const std::string name = full_name(migration.number, migration.name);
            step(path, "taking back migration " + name, [&] { apply_down(connection, migration); });
            done.push_back("took back " + name);
        }
    });
    return done;
}

}  // namespace

void make_database(FileSystem& files, const std::string& store, const std::string& path,
                   const std::function<void(Connection&)>& fill) {
    const std::string temporary = store + ".new-" + random_name();
    // `value` throws the error.
    files.open(temporary, OpenMode::create).value();
    try {
        {
            Connection connection(temporary, Connection::Mode::build);
            connection.exec("PRAGMA synchronous = OFF");
            fill(connection);
        }
        files.open(temporary, OpenMode::read).value()->sync().value();
        files.rename(temporary, path).value();
        files.sync_directory(directory_of(path)).value();
    } catch (...) {
        for (const char* end : {"", "-journal", "-wal", "-shm"})
            (void)files.remove(temporary + end);
        throw;
    }
}

void copy_database(FileSystem& files, Connection& from, const std::string& store,
                   const std::string& to, const PagesCopied& tell) {
    // One read transaction: later commits neither show in the copy nor restart it, and a reader of
    // a write-ahead log holds up no writer.
    const SQLite::Transaction moment(from);
    (void)read_meta(from, "revision");
    make_database(files, store, to, [&](Connection& copy) {
        copy_pages(from, copy, tell);
        // The copy needs no log beside it, and counts as closed.
        copy.exec("PRAGMA journal_mode = DELETE");
        write_meta(copy, "clean_stop", 1);
    });
}

OpenedDatabase open_database(const std::string& path, const OpenOptions& options,
                             std::shared_ptr<FileSystem> files, Migrations known) {
    OpenedDatabase opened;
    opened.path = real_path_of(*files, path);
    opened.lock = lock_database(*files, opened.path);
    if (options.log)
        for (const std::string& problem : problems_of_place(*files, opened.path))
            options.log->warn("{}", problem);
    const auto applied = inspect(*files, opened.path, options, known);
    if (!applied) make_new(*files, opened.path, options, known);
    const auto done =
        migrate(*files, opened.path, applied.value_or(known.size()), known.size(), options, known);
    for (const std::string& text : done)
        if (options.log) options.log->info("{}: {}", opened.path, text);
    opened.writer = translate_startup_errors(opened.path, "opened", [&] {
        return std::make_unique<Connection>(opened.path, Connection::Mode::write);
    });
    if (const auto info = files->info(opened.path)) give_lock_to_owner(*files, opened.path, *info);
    opened.files = std::move(files);
    return opened;
}

std::vector<SchemaVersion> schema_of_database(const std::string& path, FileSystem& files,
                                              Migrations known) {
    const std::string real = real_path_of(files, path);
    const auto inspector = look_at(files, real);
    const auto applied = inspector ? inspector->applied() : std::vector<AppliedMigration>();
    return schema_versions(applied, known);
}

std::vector<std::string> migrate_database(const std::string& path, const MigrationGoal& goal,
                                          const OpenOptions& options,
                                          std::shared_ptr<FileSystem> files, Migrations known) {
    const std::string real = real_path_of(*files, path);
    const auto lock = lock_database(*files, real);
    const auto applied = inspect(*files, real, options, known);
    if (!applied) throw_missing_store(path);
    return migrate(*files, real, *applied, goal_of(goal, *applied, known.size()), options, known);
}

}  // namespace roster::storage
