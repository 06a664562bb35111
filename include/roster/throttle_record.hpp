#pragma once

// What the throttle wants to remember over a restart. Stores keep it as opaque text.

#include <chrono>
#include <string>

namespace roster {

struct ThrottleRecord {
    ThrottleRecord() = default;

    std::string key;
    std::string state;
    /// From then on it may be forgotten.
    std::chrono::sys_seconds until{};
};

}  // namespace roster
