#pragma once

// Everything that the table of drivers needs of PostgreSQL. `path` is what follows "postgres:".
//
// Throws, each function: `StartupError`.

#include <roster/store_types.hpp>

#include "storage/core/backend.hpp"
#include "storage/core/bulk.hpp"
#include "storage/core/maintenance.hpp"

#include <memory>
#include <string>
#include <vector>

namespace roster::storage {

std::unique_ptr<Backend> open_postgres_backend(const std::string& path, const OpenOptions& options);
std::unique_ptr<StoreView> open_postgres_view(const std::string& path, const OpenOptions& options);
/// As `check_store`, beside running servers.
StoreReport check_postgres_store(const std::string& path);
/// As `schema_of` and `migrate_store`.
std::vector<SchemaVersion> schema_of_postgres(const std::string& path);
std::vector<std::string> migrate_postgres(const std::string& path, const MigrationGoal& goal,
                                          const OpenOptions& options);
/// What is committed at one moment.
std::unique_ptr<StoreReader> read_postgres_store(const std::string& path);
/// Replaces the contents in one transaction, while no server uses it.
std::unique_ptr<StoreWriter> make_postgres_store(const std::string& path,
                                                 const OpenOptions& options);
/// For people: without the password.
std::string postgres_url(const std::string& path);

}  // namespace roster::storage
