#pragma once

// What SQLite's errors mean to a store. They go no further than this room.

#include <roster/error.hpp>

#include <string>

namespace SQLite {
class Exception;
}

namespace roster::storage {

enum class SqliteFault {
    /// A rule of the schema was broken: the statement had no effect, and the others go on.
    constraint,
    /// Nothing was changed; the same may go well later.
    passing,
    /// A sync failed: what the disk holds is not known any more.
    sync_failed,
    /// The file is damaged, or no database.
    corrupt,
};

SqliteFault fault_of(const SQLite::Exception& error) noexcept;

/// What the log is told.
std::string text_of(const SQLite::Exception& error);

/// What a start is told. `what` says what was being done: "opened".
StartupError startup_error(const std::string& path, const std::string& what,
                           const SQLite::Exception& error);

}  // namespace roster::storage
