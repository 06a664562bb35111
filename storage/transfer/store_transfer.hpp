#pragma once

// Copies, backs up and restores whole stores. The new store is written under a temporary name,
// read back and compared, and then renamed.
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

/// The target has contents and may not be replaced. Nothing was changed.
class TargetOccupied : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

struct TransferOptions {
    /// Replaces an existing target.
    bool replace = false;
    /// How plain passwords of an old users file are hashed, the clock, and the log for warnings.
    OpenOptions open;
    /// Progress; `total` is 0 if it is not known.
    std::function<void(std::string_view what, std::uint64_t done, std::uint64_t total)> tell;
    /// Called when the new store is complete, before it is renamed. An exception cancels the
    /// transfer.
    std::function<void()> before_placing;
};

/// The result of a transfer.
struct Transferred {
    /// Of the new store.
    StoreTotals totals;
    std::uint64_t bytes = 0;
    /// When the state was read.
    std::chrono::sys_seconds at{};
    /// The new store's URL with an absolute path, for people.
    std::string url;
    /// Unknown members that the new kind of store cannot keep: of users, and of the users file.
    std::uint64_t users_with_lost_members = 0;
    bool has_lost_file_members = false;
    std::uint64_t dropped_sessions = 0;
    /// The URL of the replaced store; empty if there was none, or if it was not kept.
    std::string kept;
    /// The replaced store could not be read: it is not known which ids it had assigned.
    bool old_was_unreadable = false;
};

/// Copies a store into another one, of the same or another kind. Both stay locked meanwhile.
///
/// Throws: `TargetOccupied` if the target is not empty and `replace` is not set, `StartupError`
/// with `invalid_request` (the same store twice, or one without a file), `store_locked`,
/// `store_damaged` or `store_unavailable`. Then the target is unchanged.
Transferred copy_store(const std::string& from, const std::string& to,
                       const TransferOptions& options);

/// Saves a store's state at one moment into a file that is a store of the same kind. A server may
/// have the store open. The sessions of a JSON store are in `file`.sessions.
///
/// Throws: as `copy_store`.
Transferred back_up_store(const std::string& store, const std::string& file,
                          const TransferOptions& options);

/// Restores what `back_up_store` saved, into a store of any kind. Ids and revisions that the store
/// assigned after the backup are not assigned again. The old store is kept under another name.
/// `keeps_sessions`: also restores sessions, even those revoked since, and the rate limiter's
/// records.
///
/// Throws: as `copy_store`.
Transferred restore_store(const std::string& file, const std::string& store, bool keeps_sessions,
                          const TransferOptions& options);

}  // namespace roster::storage
