#include "storage/sqlite/database_copy.hpp"

#include "core/files/random_name.hpp"
#include "storage/sqlite/user_rows.hpp"

#include <SQLiteCpp/Backup.h>
#include <SQLiteCpp/Transaction.h>
#include <sqlite3.h>
#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
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

}  // namespace roster::storage
