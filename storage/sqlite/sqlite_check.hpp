#pragma once

// What `roster check` and `roster repair` say about a database; and what a row holds that roster
// never writes, though the schema allows it: another program did. Another kind of store could not
// take such a row, and its user would find it wrong.

#include <roster/store.hpp>

#include "core/files/file_system.hpp"
#include "storage/core/bulk.hpp"
#include "storage/core/maintenance.hpp"
#include "storage/sqlite/connection.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace roster::storage {

/// As `check_store`.
StoreReport check_database(const std::string& path, FileSystem& files);

/// As `plan_repair`: nothing to do, or a `StartupError` with `store_damaged` that says what a
/// person can do. No repair of a damaged database would be better than a backup.
std::unique_ptr<StoreRepair> plan_database_repair(const std::string& path,
                                                  std::shared_ptr<FileSystem> files);

/// For the operator; empty, here and below, if nothing is wrong.
std::string problem_of(const StoreTotals& totals);

/// `totals`: of the store that has the user, or the session.
std::string problem_of(const User& user, std::string_view email_folded, const StoreTotals& totals);
std::string problem_of(const Session& session, const StoreTotals& totals);

/// Throws: `SQLite::Exception`.
std::string problem_of_references(Connection& connection);

}  // namespace roster::storage
