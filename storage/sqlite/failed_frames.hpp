#pragma once

// After a failed sync: a commit that was refused lies whole in the write-ahead log, and the next
// process that reads the log would take it for an acknowledged one.

struct sqlite3;

namespace roster::storage {

/// Cuts what lies in the log behind the last commit that took place. It syncs nothing: after a
/// failed sync a second one proves nothing. False where it could not be done.
///
/// Requires: the connection's transaction was undone, and nobody else writes.
/// Source: https://www.sqlite.org/walformat.html, sections 1.1, 2.1.
bool cut_failed_frames(sqlite3* connection) noexcept;

}  // namespace roster::storage
