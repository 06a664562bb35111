#include "storage/sqlite/sqlite_fault.hpp"

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

namespace roster::storage {

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
        default: return SqliteFault::passing;
    }
}

std::string text_of(const SQLite::Exception& error) {
    return std::string(error.what()) + " (SQLite " + std::to_string(error.getExtendedErrorCode()) +
           ")";
}

StartupError startup_error(const std::string& path, const std::string& what,
                           const SQLite::Exception& error) {
    if (fault_of(error) == SqliteFault::corrupt)
        return {Errc::store_damaged, path + ": is damaged, or no database: " + text_of(error)};
    return {Errc::store_unavailable, path + ": cannot be " + what + ": " + text_of(error)};
}

}  // namespace roster::storage
