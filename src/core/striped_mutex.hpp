#pragma once

// A lock for many readers and few writers, with which readers on different cores do not slow each
// other down.

#include "core/stripe.hpp"

#include <array>
#include <atomic>
#include <mutex>
#include <shared_mutex>

namespace roster {

/// Each reader locks a mutex that it shares with few other threads, or with none; a writer locks
/// all of them. Readers cannot starve a writer: while it waits, new readers wait behind it.
/// Taken by `std::unique_lock` and `std::shared_lock`; a reader unlocks on the thread that locked.
class StripedMutex {
  public:
    void lock() {
        const std::lock_guard gate(gate_);
        is_wanted_.store(true, std::memory_order_relaxed);
        for (Reader& reader : readers_)
            reader.mutex.lock();
        is_wanted_.store(false, std::memory_order_relaxed);
    }
    void unlock() {
        for (Reader& reader : readers_)
            reader.mutex.unlock();
    }

    void lock_shared() {
        if (is_wanted_.load(std::memory_order_relaxed)) {
            const std::lock_guard gate(gate_);
        }
        readers_[stripe_of_this_thread()].mutex.lock_shared();
    }
    void unlock_shared() { readers_[stripe_of_this_thread()].mutex.unlock_shared(); }

  private:
    struct alignas(kCacheLine) Reader {
        std::shared_mutex mutex;
    };

    std::mutex gate_;
    std::atomic<bool> is_wanted_ = false;
    std::array<Reader, kStripes> readers_;
};

}  // namespace roster
