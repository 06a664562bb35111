#pragma once

// The state of a server that its connections may ask for.

#include <atomic>
#include <chrono>

namespace roster::server {

/// Threads: any.
class ServerState {
  public:
    bool draining() const noexcept { return draining_; }
    void drain() noexcept { draining_ = true; }

    std::chrono::seconds uptime() const noexcept {
        return std::chrono::floor<std::chrono::seconds>(std::chrono::steady_clock::now() -
                                                        started_at_);
    }

  private:
    std::atomic<bool> draining_ = false;
    const std::chrono::steady_clock::time_point started_at_ = std::chrono::steady_clock::now();
};

}  // namespace roster::server
