#include "storage/sqlite/database_file.hpp"

#include "core/files/temporary_lock.hpp"
#include "storage/sqlite/database_copy.hpp"
#include "storage/sqlite/sqlite_fault.hpp"
#include "storage/sqlite/sqlite_reader.hpp"
#include "storage/sqlite/translate_startup_errors.hpp"
#include "storage/sqlite/user_rows.hpp"

#include <SQLiteCpp/Exception.h>
#include <boost/system/system_error.hpp>
#include <roster/log.hpp>

#include <array>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

namespace roster::storage {
namespace {

std::uint64_t size_of(FileSystem& files, const std::string& path) {
    const auto info = files.info(path);
    return info ? info->size_bytes : 0;
}

void refuse_what_is_no_database(FileSystem& files, const std::string& path) {
    const auto info = files.info(path);
    if (!info)
        throw StartupError(Errc::store_unavailable,
                           path + ": cannot be read: " + info.error().message());
    if (!info->is_regular)
        throw StartupError(Errc::store_unavailable, path + ": is not a regular file");
    if (info->size_bytes == 0)
        throw StartupError(Errc::store_damaged,
                           path +
                               ": is empty, which no database is; restore a copy, or remove it "
                               "to begin anew");
}

// A write-ahead log without its database would be taken for that of the next one.
void refuse_widowed_log(FileSystem& files, const std::string& path) {
    if (size_of(files, path + "-wal") > 0)
        throw StartupError(Errc::store_damaged,
                           path + ": is not there, but " + path +
                               "-wal is, with its last changes; put the database back beside it");
}

// A change that somebody has begun, or was killed in; the database holds parts of it. A log has no
// such journal: it is of another program, or of the moment in which a new database gets its log.
bool has_unfinished_change(FileSystem& files, const std::string& path) {
    constexpr std::string_view kMagic("\xd9\xd5\x05\xf9\x20\xa1\x63\xd7", 8);
    std::array<char, kMagic.size()> begin{};
    const auto file = files.open(path + "-journal", OpenMode::read);
    const auto got = file ? (*file)->read_at(0, begin) : file.error();
    return got && std::string_view(begin.data(), *got) == kMagic;
}

}  // namespace

std::string real_path_of(FileSystem& files, const std::string& path) {
    auto real = files.resolve(path);
    if (!real)
        throw StartupError(Errc::store_unavailable,
                           path + ": cannot be opened: " + real.error().message());
    return std::move(*real);
}

void refuse_second_name(const std::string& path) {
    std::error_code none;
    const auto names = std::filesystem::hard_link_count(path, none);
    if (none || names < 2) return;
    throw StartupError(Errc::store_unavailable,
                       path + ": the file has " + std::to_string(names) +
                           " names (hard links). By each it would get a log of its own, and what "
                           "was acknowledged by one would be lost by the other. Keep one name: "
                           "find " +
                           directory_of(path) + " -samefile " + path);
}

void undo_unfinished_change(FileSystem& files, const std::string& path) {
    if (!has_unfinished_change(files, path) || size_of(files, path) == 0) return;
    translate_startup_errors(path, "read", [&] {
        Connection connection(path, Connection::Mode::make);
        (void)connection.number("SELECT count(*) FROM sqlite_schema");
    });
}

std::unique_ptr<DatabaseInspector> DatabaseInspector::at(FileSystem& files, const std::string& path,
                                                         bool is_alone) {
    const auto info = files.info(path);
    if (!info && is_not_found(info.error())) {
        refuse_widowed_log(files, path);
        return nullptr;
    }
    refuse_what_is_no_database(files, path);
    if (has_unfinished_change(files, path))
        throw StartupError(Errc::store_unavailable,
                           path + ": " + name_of(path) +
                               "-journal is there: another program is changing it, or was killed "
                               "in that; the next start undoes what was not finished");
    return translate_startup_errors(path, "read", [&] {
        std::unique_ptr<DatabaseInspector> read_locked(
            new DatabaseInspector(files, path, is_alone));
        read_locked->read();
        return read_locked;
    });
}

DatabaseInspector::DatabaseInspector(FileSystem& files, std::string path, bool is_alone)
    : files_(files), path_(std::move(path)) {
    const bool has_log = size_of(files_, path_ + "-wal") > 0;
    was_closed_ = !has_log;
    // Whoever reads a write-ahead log makes the memory that is shared with others, and leaves it.
    removes_shared_memory_ = is_alone && has_log && !files_.info(path_ + "-shm");
    using Mode = Connection::Mode;
    connection_ =
        std::make_unique<Connection>(path_, is_alone && !has_log ? Mode::read_locked : Mode::read);
}

DatabaseInspector::~DatabaseInspector() {
    connection_.reset();
    if (removes_shared_memory_) (void)files_.remove(path_ + "-shm");
}

void DatabaseInspector::read() {
    if (connection_->number("PRAGMA application_id") != kApplicationId)
        throw StartupError(Errc::store_damaged, path_ + ": is a database, but none of roster's");
    refuse_half_a_page();
    applied_ = applied_migrations(*connection_);
    if (applied_.empty())
        throw StartupError(Errc::store_damaged, path_ + ": records no version of its schema");
    was_closed_ = was_closed_ && read_meta(*connection_, "clean_stop") == 1;
}

// SQLite would read zeros for what is missing of the last page. Where there is a log, it may have
// the page whole.
void DatabaseInspector::refuse_half_a_page() {
    const auto page_bytes = static_cast<std::uint64_t>(connection_->number("PRAGMA page_size"));
    if (!was_closed_ || page_bytes == 0 || size_of(files_, path_) % page_bytes == 0) return;
    throw StartupError(Errc::store_damaged, path_ + ": ends in the middle of a page");
}

std::vector<std::string> DatabaseInspector::problems() {
    std::vector<std::string> found;
    try {
        Query check = connection_->query("PRAGMA integrity_check(20)");
        while (check.step())
            if (check.text(0) != "ok") found.emplace_back(check.text(0));
    } catch (const SQLite::Exception& error) {
        found.push_back(text_of(error));
    }
    return found;
}

namespace {

void warn_of_mode(FileSystem& files, const std::string& path, const OpenOptions& options) {
    constexpr std::uint32_t kOthers = 0077;
    const auto info = files.info(path);
    if (options.log && info && (info->mode & kOthers) != 0)
        options.log->warn("{}: other users of this machine may read or write it; chmod 600 it",
                          path);
}

void refuse_another_version(const DatabaseInspector& read_locked, const std::string& path,
                            Migrations known) {
    const std::string why = why_not_mine(read_locked.applied(), known);
    if (!why.empty()) throw StartupError(Errc::store_unavailable, path + ": " + why);
}

void refuse_damage(DatabaseInspector& read_locked, const std::string& path,
                   const OpenOptions& options) {
    if (read_locked.was_closed()) return;
    if (options.log)
        options.log->info("{}: was not closed by the last process that wrote it; checking it",
                          path);
    const auto problems = read_locked.problems();
    if (problems.empty()) return;
    throw StartupError(Errc::store_damaged, path + ": is damaged: " + problems.front() +
                                                "; `roster check` shows all of it");
}

void make_new(FileSystem& files, const std::string& path, const OpenOptions& options,
              Migrations known) {
    translate_startup_errors(path, "made", [&] {
        make_database(files, path, [&](Connection& connection) {
            for (const Migration& migration : known)
                apply_up(connection, migration, options.now());
        });
    });
}

OpenedDatabase open_checked(std::shared_ptr<FileSystem> files, std::unique_ptr<FileLock> lock,
                            const std::string& path) {
    OpenedDatabase opened;
    opened.writer = translate_startup_errors(path, "opened", [&] {
        return std::make_unique<Connection>(path, Connection::Mode::write);
    });
    if (const auto info = files->info(path)) give_lock_to_owner(*files, path, *info);
    opened.files = std::move(files);
    opened.lock = std::move(lock);
    opened.path = path;
    return opened;
}

// False where there is none.
bool look_over(FileSystem& files, const std::string& path, const OpenOptions& options,
               Migrations known) {
    refuse_second_name(path);
    undo_unfinished_change(files, path);
    const auto read_locked = DatabaseInspector::at(files, path, true);
    if (!read_locked) return false;
    warn_of_mode(files, path, options);
    refuse_another_version(*read_locked, path, known);
    refuse_damage(*read_locked, path, options);
    return true;
}

// Older copies stay: they may be the better ones.
std::string free_name(FileSystem& files, const std::string& name) {
    std::string free = name;
    for (int i = 2; files.info(free); ++i)
        free = name + "." + std::to_string(i);
    return free;
}

void keep_copy(const OpenedDatabase& opened, const std::string& ending,
               std::vector<std::string>& done) {
    if (read_meta(*opened.writer, "revision") == 0) return;
    const std::string copy = free_name(*opened.files, opened.path + ending);
    copy_database(*opened.files, *opened.writer, copy);
    done.push_back("copied to " + copy);
}

template <class Apply>
void step(const OpenedDatabase& opened, const std::string& doing, Apply apply) {
    try {
        apply();
    } catch (const std::exception& error) {
        throw StartupError(Errc::store_unavailable,
                           opened.path + ": " + doing + " failed and was undone: " + error.what());
    }
}

}  // namespace

std::vector<std::string> migrate(const OpenedDatabase& opened, const OpenOptions& options,
                                 Migrations known, unsigned to) {
    std::vector<std::string> done;
    translate_startup_errors(opened.path, "migrated", [&] {
        Connection& writer = *opened.writer;
        std::size_t at = applied_migrations(writer).size();
        if (at == to) return;
        if (at < to)
            keep_copy(opened, ".before-" + full_name(known[at].number, "").substr(0, 4), done);
        else
            keep_copy(opened, ".before-down-" + full_name(known[at - 1].number, "").substr(0, 4),
                      done);
        for (; at < to; ++at) {
            const Migration& migration = known[at];
            const std::string name = full_name(migration.number, migration.name);
            step(opened, "migration " + name, [&] { apply_up(writer, migration, options.now()); });
            done.push_back("applied " + name);
        }
        for (; at > to; --at) {
            const Migration& migration = known[at - 1];
            const std::string name = full_name(migration.number, migration.name);
            step(opened, "taking back migration " + name, [&] { apply_down(writer, migration); });
            done.push_back("took back " + name);
        }
    });
    return done;
}

std::optional<OpenedDatabase> open_as_it_is(const std::string& path, const OpenOptions& options,
                                            std::shared_ptr<FileSystem> files, Migrations known) {
    const std::string real = real_path_of(*files, path);
    auto lock = lock_for_writing(*files, real);
    finish_replacement(*files, sqlite_store_files(real));
    remove_stale_copies(*files, real);
    if (!look_over(*files, real, options, known)) return std::nullopt;
    return open_checked(std::move(files), std::move(lock), real);
}

OpenedDatabase open_database(const std::string& path, const OpenOptions& options,
                             std::shared_ptr<FileSystem> files, Migrations known) {
    const std::string real = real_path_of(*files, path);
    auto lock = lock_for_writing(*files, real);
    finish_replacement(*files, sqlite_store_files(real));
    remove_stale_copies(*files, real);
    if (!look_over(*files, real, options, known)) make_new(*files, real, options, known);
    OpenedDatabase opened = open_checked(std::move(files), std::move(lock), real);
    const auto done = migrate(opened, options, known, static_cast<unsigned>(known.size()));
    for (const std::string& text : done)
        if (options.log) options.log->info("{}: {}", real, text);
    return opened;
}

}  // namespace roster::storage
