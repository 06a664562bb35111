#pragma once

// Points in time as text, and the clocks of the rules.

#include <chrono>
#include <cstddef>
#include <ctime>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace roster {

/// "2026-11-22T09:00:00Z". Source: RFC 3339.
std::string to_rfc3339(std::chrono::sys_seconds time);
void append_rfc3339(std::chrono::sys_seconds time, std::string& out);

/// Writes it over the bytes, all of them.
inline constexpr std::size_t kRfc3339Bytes = 20;
void write_rfc3339(std::chrono::sys_seconds time, std::span<char, kRfc3339Bytes> out) noexcept;

/// The inverse of `to_rfc3339`; also accepts fractions (dropped) and numeric offsets.
std::optional<std::chrono::sys_seconds> parse_rfc3339(std::string_view text) noexcept;

/// "Sun, 22 Nov 2026 09:00:00 GMT". Source: RFC 9110 §5.6.7, IMF-fixdate.
std::string to_imf_fixdate(std::chrono::sys_seconds time);

/// The system's time as the kernel noted it last, some milliseconds ago: for what is asked at each
/// request. Threads: any.
inline std::chrono::sys_seconds wall_second() noexcept {
    return std::chrono::sys_seconds(std::chrono::seconds(std::time(nullptr)));
}

/// More than any lifetime, and nothing that could overflow a clock.
inline constexpr std::chrono::days kLongestDuration{3650};

/// "250ms", "10s", "5m", "1h", "7d"; without a unit: seconds. nullopt for anything else, and for
/// more than `kLongestDuration`.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) noexcept;

/// How long the system has run: a clock that nobody sets.
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

/// A steady clock for waiting and lifetimes while the server runs, and the system's for times that
/// are stored. Threads: any.
struct Clock {
    using Time = std::chrono::steady_clock::time_point;

    Time now() const { return steady ? steady() : std::chrono::steady_clock::now(); }
    /// `now` as the kernel noted it last, some milliseconds ago: for what is asked at each request.
    Time recently() const { return steady ? steady() : last_tick(); }

    /// Null: the system's.
    std::function<Time()> steady;
    std::function<std::chrono::sys_seconds()> wall = [] {
        return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    };
    /// Null, or it returns nullopt: nobody knows how long the system has run.
    std::function<std::optional<Uptime>()> uptime;

  private:
    static Time last_tick() noexcept;
};

}  // namespace roster
