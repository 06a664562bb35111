#pragma once

// What a row holds that roster never writes, though the schema allows it: another program did.
// Another kind of store could not take such a row, and its user would find it wrong.

#include <roster/session.hpp>
#include <roster/user.hpp>

#include "storage/core/bulk.hpp"
#include "storage/sqlite/connection.hpp"

#include <string>
#include <string_view>

namespace roster::storage {

/// For the operator; empty, here and below, if nothing is wrong.
std::string problem_of(const StoreTotals& totals);

/// `totals`: of the store that has the user, or the session.
std::string problem_of(const User& user, std::string_view email_folded, const StoreTotals& totals);
std::string problem_of(const Session& session, const StoreTotals& totals);

/// Throws: `SQLite::Exception`.
std::string problem_of_references(Connection& connection);

}  // namespace roster::storage
