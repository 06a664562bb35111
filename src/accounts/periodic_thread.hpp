#pragma once

// A thread of its own for what has to be done now and then. Knows not what.

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

namespace roster::accounts {

/// Calls a function every `period` until it is destroyed. The function does not throw.
class PeriodicThread {
  public:
    PeriodicThread(std::chrono::seconds period, std::function<void()> work)
        : period_(period), work_(std::move(work)), thread_([this] { run(); }) {}
    ~PeriodicThread() {
        {
            const std::lock_guard lock(mutex_);
            is_stopping_ = true;
        }
        wake_.notify_one();
        thread_.join();
    }

    PeriodicThread(const PeriodicThread&) = delete;
    PeriodicThread& operator=(const PeriodicThread&) = delete;

  private:
    void run() {
        std::unique_lock lock(mutex_);
        while (!wake_.wait_for(lock, period_, [this] { return is_stopping_; })) {
            lock.unlock();
            work_();
            lock.lock();
        }
    }

    const std::chrono::seconds period_;
    const std::function<void()> work_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool is_stopping_ = false;
    std::thread thread_;
};

}  // namespace roster::accounts
