#pragma once

// A lock for many readers and one writer who is not kept out for ever.

#include <mutex>
#include <shared_mutex>

namespace roster::storage {

/// A writer holds the gate while he waits, so that readers queue up behind him.
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
