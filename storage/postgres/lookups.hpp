#pragma once

// Look-ups of many callers as one round trip.
// Errors: as of rows.hpp.

#include "storage/core/backend.hpp"
#include "storage/postgres/connection.hpp"

#include <span>
#include <string>
#include <vector>

namespace roster::storage::postgres {

/// An answer to each, in order.
std::vector<LookupAnswer> answer_lookups(Connection& connection, std::span<const Lookup> lookups);

const std::string& users_by_id();

}  // namespace roster::storage::postgres
