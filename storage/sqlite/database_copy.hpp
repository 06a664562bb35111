#pragma once

// New databases and copies of databases, which are complete or not there.

#include "core/files/file_system.hpp"
#include "storage/sqlite/connection.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace roster::storage {

/// Makes a database at `path`, mode 0600 from its first byte, with what `fill` puts into it: under
/// another name, renamed when it is complete and durable.
/// Requires: there is no file.
///
/// Throws: `SQLite::Exception`, `boost::system::system_error`, and what `fill` throws; then nothing
/// is left behind.
void make_database(FileSystem& files, const std::string& path,
                   const std::function<void(Connection&)>& fill);

/// Called with how many pages of how many are copied.
using PagesCopied = std::function<void(std::uint64_t done, std::uint64_t total)>;

/// A copy of what `from` sees at one moment, by SQLite's backup; a writer of `from` may go on.
/// Requires: no statement of `from` is running. Throws: as above.
void copy_database(FileSystem& files, Connection& from, const std::string& to,
                   const PagesCopied& tell = {});

/// Removes what a process that was killed in the above left beside the database.
void remove_stale_copies(FileSystem& files, const std::string& path);

}  // namespace roster::storage
