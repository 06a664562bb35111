#include "core/uptime.hpp"

#include <fstream>

namespace roster {

std::optional<Uptime> system_uptime() {
    Uptime uptime;
    std::chrono::seconds::rep seconds = -1;
    std::ifstream("/proc/sys/kernel/random/boot_id") >> uptime.boot;
    std::ifstream("/proc/uptime") >> seconds;
    uptime.time = std::chrono::seconds(seconds);
    if (uptime.boot.empty() || seconds < 0) return std::nullopt;
    return uptime;
}

}  // namespace roster
