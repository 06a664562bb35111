#pragma once

// HOST:PORT as people write it. Resolves nothing.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace roster {

struct HostPort {
    std::string host;
    std::uint16_t port = 0;
};

/// "127.0.0.1:9999", "localhost:9999", "[::1]:9999"; `nullopt` for other texts.
std::optional<HostPort> parse_host_port(std::string_view text);

/// The inverse, with brackets around an IPv6 address.
std::string to_string(const HostPort& host_port);

}  // namespace roster
