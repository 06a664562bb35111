#include "storage/sqlite/sqlite_errors.hpp"

#include <sqlite3.h>

#include <stdexcept>

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
