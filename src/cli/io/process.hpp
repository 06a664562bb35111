#pragma once

// What the process asks of the system before it serves. Knows no server.

namespace roster::cli {

/// No core files: memory holds password hashes, and for moments passwords.
void forbid_core_dumps() noexcept;

/// As many open files as the system lets us have.
void raise_open_file_limit() noexcept;

/// A peer or a reader of the log that goes away, and a terminal that is closed, end nothing.
void survive_hangups() noexcept;

}  // namespace roster::cli
