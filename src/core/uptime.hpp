#pragma once

// How long the system has run: a clock that nobody sets.

#include <chrono>
#include <optional>
#include <string>

namespace roster {

struct Uptime {
    Uptime() = default;

    /// Which boot it is the time since: never the same twice.
    std::string boot;
    /// With the time that the system was asleep.
    std::chrono::seconds time{};
};

/// nullopt where the system does not say.
/// Source: proc(5), /proc/uptime; random(4), /proc/sys/kernel/random/boot_id.
std::optional<Uptime> system_uptime();

}  // namespace roster
