#pragma once

// What every store can keep and give back: numbers, times and texts beyond this are refused when
// they come, not when they are read again. `metadata.hpp` beside says it of metadata.

#include <roster/limiter_record.hpp>
#include <roster/session.hpp>

#include <chrono>
#include <cstdint>
#include <string_view>

namespace roster::storage {

/// The largest id or revision: what every reader of JSON reads exactly.
inline constexpr std::uint64_t kMaxNumber = (std::uint64_t{1} << 53) - 1;

/// 1 to 254 bytes of UTF-8 without control characters.
bool is_storable_email(std::string_view email) noexcept;

/// From 1970 to 9999, as RFC 3339 writes it.
bool is_storable_time(std::chrono::sys_seconds time) noexcept;

/// Texts must be UTF-8, and not longer than a head of a request.
bool is_storable(const Session& session) noexcept;
bool is_storable(const LimiterRecord& record) noexcept;

}  // namespace roster::storage
