#include "storage/sqlite/database_copy.hpp"

#include "core/files/random_name.hpp"

#include <SQLiteCpp/Backup.h>
#include <SQLiteCpp/Database.h>
#include <sqlite3.h>
#include <boost/system/system_error.hpp>

namespace roster::storage {
namespace {

constexpr std::string_view kMark = ".new-";

template <class T>
T value_of(result<T> outcome) {
    if (!outcome) throw boost::system::system_error(outcome.error());
    if constexpr (!std::is_void_v<T>) return std::move(*outcome);
}

void remove_with_companions(FileSystem& files, const std::string& path) {
    for (const char* end : {"", "-journal", "-wal", "-shm"})
        (void)files.remove(path + end);
}

}  // namespace

void make_database(FileSystem& files, const std::string& path,
                   const std::function<void(Connection&)>& fill) {
    const std::string temporary = path + std::string(kMark) + random_name();
    value_of(files.open(temporary, OpenMode::create));
    try {
        {
            Connection connection(temporary, Connection::Mode::make);
            fill(connection);
        }
        // What SQLite closed is synced; a copy without any page may not be.
        value_of(value_of(files.open(temporary, OpenMode::read))->sync());
        value_of(files.rename(temporary, path));
        value_of(files.sync_directory(directory_of(path)));
    } catch (...) {
        remove_with_companions(files, temporary);
        throw;
    }
}

void copy_database(FileSystem& files, Connection& from, const std::string& to) {
    make_database(files, to, [&from](Connection& copy) {
        {
            SQLite::Backup backup(copy.database(), from.database());
            backup.executeStep(-1);
        }
        // The copy stands alone: nothing has to lie beside it.
        copy.run("PRAGMA journal_mode = DELETE");
    });
}

namespace {

// What stands between the name of a database and kMark: nothing, or which copy of it is made. All
// else is a store of somebody else's, who may be making it just now.
bool is_own_copy(std::string_view between) {
    constexpr std::string_view kBefore = ".before-";
    constexpr std::string_view kDown = "down-";
    if (between.empty()) return true;
    if (!between.starts_with(kBefore)) return false;
    between.remove_prefix(kBefore.size());
    if (between.starts_with(kDown)) between.remove_prefix(kDown.size());
    return between.find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace

void remove_stale_copies(FileSystem& files, const std::string& path) {
    const auto names = files.list(directory_of(path));
    if (!names) return;
    const std::string prefix = name_of(path);
    for (const std::string& name : *names) {
        const auto mark = name.rfind(kMark);
        if (mark == std::string::npos || mark < prefix.size() || !name.starts_with(prefix) ||
            !is_own_copy(std::string_view(name).substr(prefix.size(), mark - prefix.size())))
            continue;
        const std::string_view rest = std::string_view(name).substr(mark + kMark.size());
        if (is_random_name(rest.substr(0, rest.find('-'))))
            (void)files.remove(directory_of(path) + "/" + name);
    }
}

}  // namespace roster::storage
