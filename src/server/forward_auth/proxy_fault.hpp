#pragma once

// What is wrong with how a proxy asks: its configuration has to be corrected, or the request came
// from no proxy. Knows no request.

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace roster::server {

enum class ProxyFault : std::uint8_t {
    unknown_parameter,
    repeated_parameter,
    bad_group,
    bad_role,
    bad_max_age,
    bad_redirect,
    no_forwarded_method,
    no_forwarded_proto,
    no_forwarded_host,
    no_forwarded_uri,
    no_original_method,
    no_original_url,
    no_envoy_host,
    last = no_envoy_host,
};

/// What is wrong and what to do, for the administrator. Never repeats what was sent.
std::string_view text_of(ProxyFault fault) noexcept;

/// Tells when to log a fault: at first, and then once an hour, because every request has it.
/// Threads: any.
class FaultLog {
  public:
    using Time = std::chrono::steady_clock::time_point;

    /// True: log it.
    bool is_due(ProxyFault fault, Time now = std::chrono::steady_clock::now()) noexcept;

  private:
    // Since the clock's epoch; zero: never.
    std::array<std::atomic<std::chrono::steady_clock::rep>,
               static_cast<std::size_t>(ProxyFault::last) + 1>
        logged_{};
};

}  // namespace roster::server
