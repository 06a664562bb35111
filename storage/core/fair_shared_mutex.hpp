#pragma once

// A lock for many readers and one writer, in which readers cannot starve the writer.

#include <mutex>
#include <shared_mutex>

namespace roster::storage {

/// A writer holds the gate while it waits, so that new readers wait behind it.
/// Taken by `std::unique_lock` and `std::shared_lock`.
class FairSharedMutex {
  public:
    void lock() {
        const std::lock_guard gate(gate_);
        mutex_.lock();
    }
    void unlock() { mutex_.unlock(); }

    void lock_shared() {
        const std::lock_guard gate(gate_);
        mutex_.lock_shared();
    }
    void unlock_shared() { mutex_.unlock_shared(); }

  private:
    std::mutex gate_;
    std::shared_mutex mutex_;
};

}  // namespace roster::storage
