#pragma once

// What SQLite's errors mean to a store. No error of SQLite leaves storage/sqlite/.

#include <roster/error.hpp>

#include <SQLiteCpp/Exception.h>
#include <boost/system/system_error.hpp>

#include <string>

namespace roster::storage {

enum class SqliteFault {
    /// A rule of the schema was broken: the statement had no effect, the transaction goes on.
    constraint,
    /// Nothing was changed; a later attempt may succeed.
    transient,
    /// A sync failed: what the disk holds is unknown.
    sync_failed,
    /// The file is damaged, or not a database.
    corrupt,
};

SqliteFault fault_of(const SQLite::Exception& error) noexcept;

/// For the log and the operator.
std::string text_of(const SQLite::Exception& error);

/// The current exception as a `StartupError`: of SQLite, of a file or of unreadable content. `what`
/// completes "cannot be": "read". Requires: inside a catch block.
[[noreturn]] void throw_startup_error(const std::string& path, const std::string& what);

/// Runs `call`. Throws: `StartupError`, as above.
template <class Call>
auto translate_startup_errors(const std::string& path, const std::string& what, Call call) {
    try {
        return call();
    } catch (...) {
        throw_startup_error(path, what);
    }
}

}  // namespace roster::storage
