#pragma once

// SQLite's file system with faults: every write, sync and truncation is counted, and one of them,
// or all from one on, fail.

#include <sqlite3.h>

#include <atomic>
#include <cstddef>
#include <string_view>

namespace roster::storage::testing {

/// While it lives, every connection that is opened uses it.
/// Requires: one at a time; no connection outlives it.
class FaultyVfs {
  public:
    enum class Call { write, sync, truncate };

    FaultyVfs();
    FaultyVfs(const FaultyVfs&) = delete;
    FaultyVfs& operator=(const FaultyVfs&) = delete;
    ~FaultyVfs();

    /// The call with this number from now on, from 1, fails; with `for_good` those after it too.
    void fail(std::size_t call, bool for_good = false);
    /// Only the next sync fails.
    void fail_next_sync() { fails_next_sync_ = true; }
    /// No write finds space.
    void fill_disk(bool is_full) { is_full_ = is_full; }
    void repair();

    std::size_t failures() const { return failures_; }
    std::size_t syncs() const { return syncs_; }

    /// The code for SQLite; SQLITE_OK if nothing fails.
    int outcome(Call call);
    sqlite3_vfs* real() noexcept { return real_; }

  private:
    sqlite3_vfs* real_;
    sqlite3_vfs vfs_{};
    std::atomic<std::size_t> calls_ = 0;
    std::atomic<std::size_t> failing_call_ = 0;
    std::atomic<bool> for_good_ = false;
    std::atomic<bool> fails_next_sync_ = false;
    std::atomic<bool> is_full_ = false;
    std::atomic<std::size_t> failures_ = 0;
    std::atomic<std::size_t> syncs_ = 0;
};

}  // namespace roster::storage::testing
