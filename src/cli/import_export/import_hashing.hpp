#pragma once

// The slow part of an import: plain passwords become hashes, on every core.

#include "cli/import_export/imported_user.hpp"

#include <cstddef>
#include <functional>
#include <vector>

namespace roster::cli {

/// Called from several threads.
using HashPassword = std::function<result<Secret>(const Secret& password)>;

/// Called now and then, and at the end, on the thread of the caller.
using HashingProgress = std::function<void(std::size_t done, std::size_t total)>;

/// Replaces every plain password with its hash. `threads` 0: as many as there are cores.
/// Errors: the first one that `hash` returned; some passwords are hashed then, and some are not.
result<void> hash_passwords(std::vector<ImportedUser>& users, const HashPassword& hash,
                            const HashingProgress& progress, std::size_t threads = 0);

}  // namespace roster::cli
