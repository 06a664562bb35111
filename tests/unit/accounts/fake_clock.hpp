#pragma once

// Clocks that stand until they are moved.

#include "core/time.hpp"

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

namespace roster::accounts {

/// Threads: any. Lifetime: outlives the clocks it has given out.
class FakeClock {
  public:
    Clock clock() {
        Clock clock;
        clock.steady = [this] {
            return std::chrono::steady_clock::time_point(std::chrono::hours(1000)) +
                   std::chrono::milliseconds(steady_ms_);
        };
        clock.wall = [this] {
            return std::chrono::sys_days(std::chrono::year(2026) / 11 / 22) +
                   std::chrono::floor<std::chrono::seconds>(
                       std::chrono::milliseconds(steady_ms_ + wall_ahead_ms_));
        };
        clock.uptime = [this]() -> std::optional<Uptime> {
            if (boot_.empty()) return std::nullopt;
            Uptime uptime;
            uptime.boot = boot_;
            uptime.time =
                std::chrono::floor<std::chrono::seconds>(std::chrono::milliseconds(steady_ms_));
            return uptime;
        };
        return clock;
    }

    void pass(std::chrono::milliseconds time) { steady_ms_ += time.count(); }
    /// Sets the wall clock forward or back.
    void jump(std::chrono::milliseconds time) { wall_ahead_ms_ += time.count(); }
    /// The uptime is known from now on. Before anybody reads the clocks.
    void set_boot(std::string boot) { boot_ = std::move(boot); }

  private:
    std::atomic<std::chrono::milliseconds::rep> steady_ms_ = 0;
    std::atomic<std::chrono::milliseconds::rep> wall_ahead_ms_ = 0;
    std::string boot_;
};

}  // namespace roster::accounts
