#pragma once

// Points in time as text. Knows no clock.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace roster {

/// "2026-11-22T09:00:00Z". Source: RFC 3339.
std::string to_rfc3339(std::chrono::sys_seconds time);

/// The inverse of `to_rfc3339`; also accepts fractions (dropped) and numeric offsets.
std::optional<std::chrono::sys_seconds> parse_rfc3339(std::string_view text) noexcept;

/// "Sun, 22 Nov 2026 09:00:00 GMT". Source: RFC 9110 §5.6.7, IMF-fixdate.
std::string to_imf_fixdate(std::chrono::sys_seconds time);

}  // namespace roster
