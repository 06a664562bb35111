#pragma once

// What went wrong with a database, said as a start says it.

#include <roster/error.hpp>

#include "storage/sqlite/sqlite_fault.hpp"

#include <SQLiteCpp/Exception.h>
#include <boost/system/system_error.hpp>

#include <stdexcept>
#include <string>

namespace roster::storage {

/// Runs what speaks to SQLite or to files. Errors: `StartupError`; `what` is what cannot be done,
/// such as "read".
template <class Call>
auto translate_startup_errors(const std::string& path, const std::string& what, Call call) {
    try {
        return call();
    } catch (const SQLite::Exception& error) {
        throw startup_error(path, what, error);
    } catch (const boost::system::system_error& error) {
        throw StartupError(Errc::store_unavailable,
                           path + ": cannot be " + what + ": " + error.code().message());
    } catch (const StartupError&) {
        throw;
    } catch (const std::runtime_error& error) {
        throw StartupError(Errc::store_damaged, path + ": " + error.what());
    }
}

}  // namespace roster::storage
