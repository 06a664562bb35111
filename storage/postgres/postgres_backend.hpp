#pragma once

// Serves a store in a PostgreSQL cluster. docs/POSTGRES.md says what it promises, and how.
// Knows no Asio.

#include <roster/store_types.hpp>

#include "storage/core/backend.hpp"

#include <memory>
#include <string>

namespace roster::storage::postgres {

enum class Use {
    /// Makes a store in an empty database; waits for one that is away.
    serve,
    /// Reads only; a database that is away is an error.
    view,
};

/// `path`: what follows "postgres:". Throws: `StartupError`.
std::unique_ptr<Backend> open_backend(const std::string& path, const OpenOptions& options, Use use);

}  // namespace roster::storage::postgres
