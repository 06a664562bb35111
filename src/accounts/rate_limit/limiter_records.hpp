#pragma once

// What the throttle remembers of a key, as a short line that a person can read, and back.
// Knows no table, no limit and not what time it is.

#include "accounts/rate_limit/back_off.hpp"
#include "accounts/rate_limit/buckets.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace roster::accounts {

/// Rounded up: no wait gets shorter by being written down.
std::chrono::sys_seconds to_seconds(Instant time) noexcept;

/// "failures=7 last=2026-11-22T09:00:00Z", and "late" behind it where it is.
std::string state_of(const StepsEntry& entry);
/// Each count of five minutes, the newest first:
/// "newest=2026-11-22T09:00:00Z strangers=3,0,1 others=0".
std::string state_of(const GuessesEntry& entry);
/// "newest=2026-11-22T09:00:00Z sign-ups=3,0,1".
std::string state_of(const SignUpsEntry& entry);
/// "192.0.2.1@2026-11-22T09:00:00Z 2001:db8:1:2::/64@2026-11-21T09:00:00Z".
std::string state_of(const KnownEntry& entry);

/// Nothing where the text is none of `state_of`.
template <class Entry>
std::optional<Entry> parse_state(std::string_view text);

template <>
std::optional<StepsEntry> parse_state(std::string_view text);
template <>
std::optional<GuessesEntry> parse_state(std::string_view text);
template <>
std::optional<SignUpsEntry> parse_state(std::string_view text);
template <>
std::optional<KnownEntry> parse_state(std::string_view text);

}  // namespace roster::accounts
