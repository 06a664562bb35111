#pragma once

// The two clocks of the rules: a steady one for waiting and lifetimes while the server runs, and
// the system's for times that are stored.

#include <chrono>
#include <functional>

namespace roster {

/// Threads: any.
struct Clock {
    std::function<std::chrono::steady_clock::time_point()> steady = std::chrono::steady_clock::now;
    std::function<std::chrono::sys_seconds()> wall = [] {
        return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    };
};

}  // namespace roster
