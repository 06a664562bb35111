#pragma once

// The limits that the system sets to this process. Knows nothing of what it does.

#include <cstddef>

namespace roster::cli {

/// Fails where a limit leaves no room for so many threads (RLIMIT_NPROC, a container's limit,
/// RLIMIT_AS): what starts its threads one by one would have some of them, and wait without end.
///
/// Throws: `StartupError` with `overloaded`.
void require_threads(std::size_t count);

/// As many open files as this process may have.
void raise_open_file_limit() noexcept;

}  // namespace roster::cli
