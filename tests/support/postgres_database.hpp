#pragma once

// Stores in a PostgreSQL for tests: of ctest, or, in a program that is run by itself, its own.

#include <string>
#include <vector>

namespace roster::testing {

/// Whether there is a PostgreSQL on this machine.
bool has_postgres();

/// The URL of a store that does not exist yet, in a schema of its own.
std::string new_postgres_store();

/// Runs SQL as a person would, in the schema of the store; the rows, with columns separated by |.
/// Throws: `std::runtime_error` with the database's text.
std::vector<std::string> run_sql(const std::string& store, const std::string& sql);

}  // namespace roster::testing
