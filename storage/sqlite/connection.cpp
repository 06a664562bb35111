#include "storage/sqlite/connection.hpp"

#include <SQLiteCpp/Column.h>
#include <sqlite3.h>
#include <boost/system/system_error.hpp>

#include <stdexcept>

namespace roster::storage {
namespace {

// How long another program (a shell, a backup) may keep the database locked.
constexpr int kBusyMilliseconds = 2000;

// Holds the pages that one transaction changes, and the inner pages of the trees.
constexpr int kWriterCacheKiB = 32 * 1024;

// A path as part of a URI: escapes what SQLite would interpret.
std::string uri_of(const std::string& path) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string uri = "file:";
    for (const char c : path) {
        if (c == '%' || c == '?' || c == '#') {
            const auto byte = static_cast<unsigned char>(c);
            uri += '%';
            uri += kHex[byte >> 4];
            uri += kHex[byte & 15];
        } else {
            uri += c;
        }
    }
    return uri;
}

bool can_write(Connection::Mode mode) noexcept {
    return mode == Connection::Mode::write || mode == Connection::Mode::build;
}

}  // namespace

std::optional<std::chrono::sys_seconds> Query::optional_time(int column) const {
    if (statement_.isColumnNull(column)) return std::nullopt;
    return time(column);
}

std::string_view Query::text(int column) const {
    const SQLite::Column value = statement_.getColumn(column);
    const char* bytes = static_cast<const char*>(value.getBlob());
    return bytes == nullptr ? std::string_view()
                            : std::string_view(bytes, static_cast<std::size_t>(value.getBytes()));
}

Connection::Connection(const std::string& path, Mode mode)
    : SQLite::Database(uri_of(path) + (mode == Mode::immutable ? "?immutable=1" : ""),
                       SQLite::OPEN_NOMUTEX | SQLite::OPEN_URI |
                           (can_write(mode) ? SQLite::OPEN_READWRITE : SQLite::OPEN_READONLY),
                       kBusyMilliseconds) {
    exec("PRAGMA trusted_schema = OFF");
    exec(mode == Mode::build ? "PRAGMA foreign_keys = OFF" : "PRAGMA foreign_keys = ON");
    exec(can_write(mode) ? "PRAGMA synchronous = FULL" : "PRAGMA query_only = ON");
    if (mode != Mode::write) return;
    exec("PRAGMA journal_mode = WAL");
    exec("PRAGMA cache_size = -" + std::to_string(kWriterCacheKiB));
    // What a savepoint may have to undo; beyond 16 pages SQLite would use a file.
    exec("PRAGMA temp_store = MEMORY");
    // The writer checkpoints itself, so that it sees failures.
    exec("PRAGMA wal_autocheckpoint = 0");
}

SQLite::Statement& Connection::prepared(std::string_view sql) {
    auto& statement = statements_[sql];
    if (!statement) statement = std::make_unique<SQLite::Statement>(*this, std::string(sql));
    return *statement;
}

std::int64_t Connection::number(std::string_view sql) {
    Query query = this->query(sql);
    return query.step() ? query.number(0) : 0;
}

SqliteFault fault_of(const SQLite::Exception& error) noexcept {
    switch (error.getExtendedErrorCode()) {
        case SQLITE_IOERR_FSYNC:
        case SQLITE_IOERR_DIR_FSYNC: return SqliteFault::sync_failed;
        case SQLITE_IOERR_CORRUPTFS: return SqliteFault::corrupt;
        default: break;
    }
    switch (error.getErrorCode() & 0xff) {
        case SQLITE_CONSTRAINT: return SqliteFault::constraint;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB: return SqliteFault::corrupt;
        default: return SqliteFault::transient;
    }
}

std::string text_of(const SQLite::Exception& error) {
    return std::string(error.what()) + " (SQLite " + std::to_string(error.getExtendedErrorCode()) +
           ")";
}

void throw_startup_error(const std::string& path, const std::string& what) {
    const std::string failed = path + ": cannot be " + what + ": ";
    try {
        throw;
    } catch (const StartupError&) {
        throw;
    } catch (const SQLite::Exception& error) {
        if (fault_of(error) == SqliteFault::corrupt)
            throw StartupError(Errc::store_damaged,
                               path + ": is damaged or not a database: " + text_of(error));
        throw StartupError(Errc::store_unavailable, failed + text_of(error));
    } catch (const boost::system::system_error& error) {
        throw StartupError(Errc::store_unavailable, failed + error.code().message());
    } catch (const std::runtime_error& error) {
        throw StartupError(Errc::store_damaged, path + ": " + error.what());
    }
}

}  // namespace roster::storage
