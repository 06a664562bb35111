#pragma once

// New databases and copies of databases, which are complete or not there.

#include "core/files/file_system.hpp"
#include "storage/sqlite/connection.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace roster::storage {

/// Makes a database at `path`, mode 0600 from its first byte, with what `fill` puts into it, and
/// renames it when it is complete and durable. What a killed process leaves has a name that
/// `finish_replacement` of `store` removes.
/// Requires: there is no file.
///
/// Throws: `SQLite::Exception`, `boost::system::system_error`, and what `fill` throws; then nothing
/// is left behind.
void make_database(FileSystem& files, const std::string& store, const std::string& path,
                   const std::function<void(Connection&)>& fill);

/// Called with how many pages of how many are copied.
using PagesCopied = std::function<void(std::uint64_t done, std::uint64_t total)>;

/// A copy of what `from` sees at one moment, by SQLite's backup; a writer of `from` may go on.
/// Requires: no statement of `from` is running. Throws: as above.
void copy_database(FileSystem& files, Connection& from, const std::string& store,
                   const std::string& to, const PagesCopied& tell = {});

}  // namespace roster::storage
