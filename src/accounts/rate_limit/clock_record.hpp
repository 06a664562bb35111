#pragma once

// What is kept of the time, so that a wall clock that was set ahead while the server was off does
// not end what the limiter counts: within one boot, the system's uptime says how long it was off.

#include <roster/store_types.hpp>

#include "accounts/rate_limit/policy.hpp"
#include "core/uptime.hpp"

#include <optional>
#include <string_view>

namespace roster::accounts {

/// The key of the record.
inline constexpr std::string_view kClockKey = "clock";

/// To be kept whenever counts are.
LimiterRecord clock_record(Instant now, const Uptime& uptime);

/// What the limiter's time is, by the uptime. nullopt: the record is of another boot.
std::optional<Instant> now_by(const LimiterRecord& record, const Uptime& uptime);

}  // namespace roster::accounts
