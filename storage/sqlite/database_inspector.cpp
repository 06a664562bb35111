#include "storage/sqlite/database_inspector.hpp"

#include "core/files/temporary_lock.hpp"
#include "core/text.hpp"
#include "storage/sqlite/connection.hpp"
#include "storage/sqlite/rows.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

namespace roster::storage {
namespace {

[[noreturn]] void refuse(Errc code, const std::string& text) {
    throw StartupError(code, text);
}

std::uint64_t size_of(FileSystem& files, const std::string& path) {
    const auto info = files.info(path);
    return info ? info->size_bytes : 0;
}

using SchemaObjects = std::set<std::pair<std::string, std::string>>;

// Type and name of each, but for what SQLite makes itself.
SchemaObjects objects_of(Connection& connection) {
    SchemaObjects objects;
    Query rows = connection.query(
        "SELECT type, name FROM sqlite_schema WHERE substr(name, 1, 7) <> 'sqlite_'");
    while (rows.step())
        objects.emplace(rows.text(0), rows.text(1));
    return objects;
}

// False if there is no file.
bool is_there(FileSystem& files, const std::string& path) {
    const auto info = files.info(path);
    if (!info && is_not_found(info.error())) {
        // A log without its database would be taken for the log of the next one.
        if (size_of(files, path + "-wal") > 0)
            refuse(Errc::store_damaged, path + ": is missing, but " + path +
                                            "-wal is there, with its last changes; put the "
                                            "database back beside it");
        return false;
    }
    if (!info)
        refuse(Errc::store_unavailable, path + ": cannot be read: " + info.error().message());
    if (!info->is_regular) refuse(Errc::store_unavailable, path + ": is not a regular file");
    if (info->size_bytes == 0)
        refuse(Errc::store_damaged, path +
                                        ": is empty, which a database never is; restore a "
                                        "backup, or remove it to start with an empty store");
    return true;
}

}  // namespace

void refuse_second_name(const std::string& path) {
    std::error_code unknown;
    const auto names = std::filesystem::hard_link_count(path, unknown);
    if (unknown || names < 2) return;
    refuse(Errc::store_unavailable,
           path + ": the file has " + std::to_string(names) +
               " names (hard links). Each name would get its own log, and changes made through "
               "one would be lost to the other. Keep one name: find " +
               directory_of(path) + " -samefile " + path);
}

// The database holds parts of the change. A journal without the magic number holds nothing to roll
// back.
bool has_unfinished_change(FileSystem& files, const std::string& path) {
    constexpr std::string_view kMagic("\xd9\xd5\x05\xf9\x20\xa1\x63\xd7", 8);
    std::array<char, kMagic.size()> begin{};
    const auto file = files.open(path + "-journal", OpenMode::read);
    const auto got = file ? (*file)->read_at(0, begin) : file.error();
    return got && std::string_view(begin.data(), *got) == kMagic;
}

void refuse_foreign_logs(const std::string& path) {
    namespace fs = std::filesystem;
    for (const char* ending : {"-journal", "-wal", "-shm"}) {
        const std::string log = path + ending;
        std::error_code error;
        const auto type = fs::symlink_status(log, error).type();
        if (type == fs::file_type::not_found) continue;
        if (type != fs::file_type::regular)
            refuse(Errc::store_unavailable, log + ": is not a regular file; remove it");
        if (fs::hard_link_count(log, error) > 1 && !error)
            refuse(Errc::store_unavailable,
                   log +
                       ": has other names (hard links), and is not written through them; keep "
                       "one name: find " +
                       directory_of(path) + " -samefile " + log);
    }
}

void undo_unfinished_change(FileSystem& files, const std::string& path) {
    if (!has_unfinished_change(files, path) || size_of(files, path) == 0) return;
    translate_startup_errors(path, "read", [&] {
        Connection connection(path, Connection::Mode::build);
        (void)connection.number("SELECT count(*) FROM sqlite_schema");
    });
}

std::unique_ptr<DatabaseInspector> DatabaseInspector::at(FileSystem& files, const std::string& path,
                                                         bool is_alone) {
    refuse_foreign_logs(path);
    if (!is_there(files, path)) return nullptr;
    if (has_unfinished_change(files, path))
        refuse(Errc::store_unavailable,
               path + ": " + name_of(path) +
                   "-journal is there: another program is changing the database, or was killed "
                   "while it did; the next start of a server rolls that back");
    return translate_startup_errors(path, "read", [&] {
        std::unique_ptr<DatabaseInspector> inspector(new DatabaseInspector(files, path, is_alone));
        inspector->read();
        return inspector;
    });
}

// A database that nobody writes and that has no log is read as one that cannot change: SQLite needs
// files beside it otherwise, which a read-only file system does not have.
DatabaseInspector::DatabaseInspector(FileSystem& files, std::string path, bool is_alone)
    : files_(files), path_(std::move(path)) {
    if (const auto info = files_.info(path_)) opened_ = *info;
    was_closed_ = size_of(files_, path_ + "-wal") == 0;
    is_immutable_ = is_alone && was_closed_;
    // A reader of the log makes the memory that is shared with others, and SQLite leaves it.
    makes_shared_memory_ = is_alone && !was_closed_ && !files_.info(path_ + "-shm");
    using Mode = Connection::Mode;
    connection_ = std::make_unique<Connection>(path_, is_immutable_ ? Mode::immutable : Mode::read);
}

DatabaseInspector::~DatabaseInspector() {
    connection_.reset();
    if (makes_shared_memory_) remove_shared_memory();
}

// Never under a server that started meanwhile: only with its lock, for an instant.
void DatabaseInspector::remove_shared_memory() {
    const std::string lock_path = path_ + ".lock";
    const bool had_lock = files_.info(lock_path).has_value();
    const auto lock = files_.lock(lock_path, "");
    if (!lock) return;
    (void)files_.remove(path_ + "-shm");
    if (!had_lock) (void)files_.remove(lock_path);
}

void DatabaseInspector::read() {
    if (connection_->number("PRAGMA application_id") != kApplicationId)
        refuse(Errc::store_damaged, path_ + ": is a database, but not roster's");
    // SQLite would read zeros for the missing part of the last page. If there is a log, that may
    // have the page.
    const auto page_bytes = static_cast<std::uint64_t>(connection_->number("PRAGMA page_size"));
    if (was_closed_ && page_bytes != 0 && size_of(files_, path_) % page_bytes != 0)
        refuse(Errc::store_damaged, path_ + ": ends in the middle of a page");
    applied_ = applied_migrations(*connection_);
    if (applied_.empty()) refuse(Errc::store_damaged, path_ + ": records no version of its schema");
    was_closed_ = was_closed_ && read_meta(*connection_, "clean_stop") == 1;
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

void DatabaseInspector::refuse_damage() {
    const auto found = problems();
    if (!found.empty())
        refuse(Errc::store_damaged,
               path_ + ": is damaged: " + found.front() + "; `roster check` shows all of it");
}

std::vector<SchemaDifference> DatabaseInspector::schema_differences(Migrations known) {
    Connection expected(":memory:", Connection::Mode::build);
    for (const Migration& migration : known.subspan(0, std::min(applied_.size(), known.size())))
        apply_up(expected, migration, {});
    const SchemaObjects wanted = objects_of(expected);
    const SchemaObjects found = objects_of(*connection_);
    std::vector<SchemaDifference> differences;
    for (const auto& [type, name] : found)
        if (!wanted.contains({type, name}))
            differences.push_back({"the " + type + " " + printable(name) +
                                       " is not roster's; drop it if you do not need it",
                                   type == "trigger"});
    for (const auto& [type, name] : wanted)
        if (!found.contains({type, name}))
            differences.push_back({"the " + type + " " + name + " is missing", true});
    return differences;
}

void DatabaseInspector::refuse_other_schema(Migrations known) {
    for (const SchemaDifference& difference : schema_differences(known))
        if (difference.is_damage) refuse(Errc::store_damaged, path_ + ": " + difference.text);
}

// A server fills its log before it changes the database, and every other program its journal.
bool DatabaseInspector::was_disturbed() const {
    if (!is_immutable_) return false;
    const auto now = files_.info(path_);
    return !now || !opened_ || !now->is_unchanged(*opened_) ||
           size_of(files_, path_ + "-wal") > 0 || has_unfinished_change(files_, path_);
}

void DatabaseInspector::refuse_other_version(Migrations known) const {
    const std::string why = why_incompatible(applied_, known);
    if (!why.empty()) refuse(Errc::store_unavailable, path_ + ": " + why);
}

std::unique_ptr<DatabaseInspector> look_at(FileSystem& files, const std::string& path) {
    return DatabaseInspector::at(files, path, !is_locked_for_writing(files, path));
}

bool read_undisturbed(FileSystem& files, const std::string& path,
                      const std::function<void(DatabaseInspector&)>& read) {
    constexpr int kAttempts = 5;
    for (int attempt = 1;; ++attempt) {
        const auto inspector = look_at(files, path);
        if (!inspector) return false;
        try {
            read(*inspector);
            if (!inspector->was_disturbed()) return true;
        } catch (const std::exception&) {
            // What looks like damage may be half of a change.
            if (!inspector->was_disturbed() || attempt == kAttempts) throw;
        }
        if (attempt == kAttempts)
            refuse(Errc::store_unavailable,
                   path + ": servers start and stop while it is read; try again");
    }
}

std::unique_ptr<DatabaseInspector> inspect_shared(FileSystem& files, const std::string& path) {
    refuse_second_name(path);
    auto inspector = look_at(files, path);
    if (!inspector) return inspector;
    const Migrations known = compiled_migrations();
    inspector->refuse_other_version(known);
    if (inspector->applied().size() < known.size())
        refuse(Errc::store_unavailable,
               path + ": is of an older version; `roster migrate up` migrates it");
    return inspector;
}

}  // namespace roster::storage
