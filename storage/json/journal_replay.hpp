#pragma once

// What the journal has and the book has not, after a start.

#include "core/files/file_system.hpp"
#include "storage/json/journal.hpp"
#include "storage/json/users_document.hpp"

#include <cstdint>
#include <string>

namespace roster::storage {

/// How a start found the journal.
struct ReplayedJournal {
    /// Where the last whole batch ends in the file that is appended to.
    std::uint64_t good_bytes = 0;
    /// Both files hold batches.
    bool has_next = false;
    /// Changes that the book did not have.
    std::uint64_t changes = 0;
    /// Bytes of a batch that was never finished, and so never acknowledged.
    std::uint64_t torn_bytes = 0;
};

/// Brings the book up to date. Changes no file.
///
/// Throws: `StartupError` with `store_damaged` (with file and offset) or `store_unavailable`.
ReplayedJournal replay_journal(FileSystem& files, const Journal& journal, UsersDocument& book);

}  // namespace roster::storage
