#pragma once

// Moving whole stores: copying one to another, saving one that is served or not, and getting it
// back. What is made is made whole beside its place, read again, compared, and only then given its
// name.
// Knows no command line.

#include <roster/store_types.hpp>

#include "storage/core/bulk.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace roster::storage {

/// What stands where the new store is to be must not be lost: nothing was changed.
class TargetOccupied : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

struct TransferOptions {
    /// Replaces what is there.
    bool replace = false;
    /// How plain passwords of an old book are hashed, the clock, and the log for warnings.
    OpenOptions open;
    /// How far it is; `total` 0 where it is not known.
    std::function<void(std::string_view what, std::uint64_t done, std::uint64_t total)> tell;
    /// Called when the new store is whole, before it gets its name: the last moment to call it off,
    /// by an exception.
    std::function<void()> before_placing;
};

/// What was made.
struct Transferred {
    /// Of the new store.
    StoreTotals totals;
    std::uint64_t bytes = 0;
    /// When the state was read.
    std::chrono::sys_seconds at{};
    /// Where it is now, for people: a URL with an absolute path.
    std::string url;
    /// What of the old store's has no place in the new one: members that roster does not know.
    std::uint64_t users_with_lost_members = 0;
    bool has_lost_book_members = false;
    std::uint64_t dropped_sessions = 0;
    /// The URL of the store that was there before; empty where none was, or it was not kept.
    std::string kept;
    /// The store that was there before could not be read; which ids it had given is not known.
    bool old_was_unreadable = false;
};

/// Everything of a store, into another one, perhaps of another kind. Both are locked meanwhile.
///
/// Throws: `TargetOccupied` where the target is not empty and is not to be replaced, `StartupError`
/// with `invalid_request` (the same store twice, one without a file), `store_locked`,
/// `store_damaged` or `store_unavailable`. Then the target is as it was.
Transferred copy_store(const std::string& from, const std::string& to,
                       const TransferOptions& options);

/// A store's state at one moment, into a file that is a store of the same kind; a server may go on
/// serving it meanwhile. Of a JSON store the sessions lie beside it, in `file`.sessions.
///
/// Throws: as `copy_store`.
Transferred back_up_store(const std::string& store, const std::string& file,
                          const TransferOptions& options);

/// What `back_up_store` saved, into a store of either kind. Ids and revisions that the store had
/// given since are not given again. The old store is kept under another name.
/// `keeps_sessions`: also sessions that were ended since, and the throttle's memory.
///
/// Throws: as `copy_store`.
Transferred restore_store(const std::string& file, const std::string& store, bool keeps_sessions,
                          const TransferOptions& options);

}  // namespace roster::storage
