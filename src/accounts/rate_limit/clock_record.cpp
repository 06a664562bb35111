#include "accounts/rate_limit/clock_record.hpp"

#include "core/time.hpp"

#include <sstream>
#include <string>

namespace roster::accounts {

// "1795338000000 86400 0b6d3c2e-…": the limiter's time, the uptime, and which boot it is of.
LimiterRecord clock_record(Instant now, const Uptime& uptime) {
    const std::string state = std::to_string(now.time_since_epoch().count()) + ' ' +
                              std::to_string(uptime.time.count()) + ' ' + uptime.boot;
    return {std::string(kClockKey), state,
            std::chrono::ceil<std::chrono::seconds>(now + kLongestDuration)};
}

std::optional<Instant> now_by(const LimiterRecord& record, const Uptime& uptime) {
    std::istringstream text(record.state);
    Instant::rep then = 0;
    std::chrono::seconds::rep up = 0;
    std::string boot;
    text >> then >> up >> boot;
    const std::chrono::seconds off = uptime.time - std::chrono::seconds(up);
    const bool is_of_this_boot = text && boot == uptime.boot && off.count() >= 0;
    if (!is_of_this_boot) return std::nullopt;
    return Instant(std::chrono::milliseconds(then)) + off;
}

}  // namespace roster::accounts
