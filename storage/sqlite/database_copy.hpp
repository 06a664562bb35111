#pragma once

// Copies of databases that are whole or not there.

#include "core/files/file_system.hpp"
#include "storage/sqlite/connection.hpp"

#include <functional>
#include <string>

namespace roster::storage {

/// Makes a database at `path`, mode 0600 from its first byte, with what `fill` puts into it. It is
/// made under another name, and named so when it is whole and durable.
/// Requires: nothing is there.
///
/// Throws: `SQLite::Exception`, `boost::system::system_error`, and what `fill` throws; then nothing
/// is left behind.
void make_database(FileSystem& files, const std::string& path,
                   const std::function<void(Connection&)>& fill);

/// A copy of what the connection sees, by SQLite's backup. Errors: as above.
void copy_database(FileSystem& files, Connection& from, const std::string& to);

/// What a process that was killed in the middle of the above has left beside the database.
void remove_stale_copies(FileSystem& files, const std::string& path);

}  // namespace roster::storage
