#pragma once

// What a database holds that roster never writes, though the schema lets it through: somebody's SQL
// did it. Another kind of store could not take it, and its users would find it wrong.

#include <roster/store.hpp>

#include "storage/sqlite/connection.hpp"
#include "storage/transfer/bulk.hpp"

#include <string>
#include <string_view>

namespace roster::storage {

/// For the operator; empty, here and below, where nothing is wrong.
std::string problem_of(const StoreTotals& totals);

/// `totals`: of the store that has the user, or the session.
std::string problem_of(const User& user, std::string_view email_folded, const StoreTotals& totals);
std::string problem_of(const Session& session, const StoreTotals& totals);

/// Throws: `SQLite::Exception`.
std::string problem_of_references(Connection& connection);

}  // namespace roster::storage
