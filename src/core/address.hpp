#pragma once

// HOST:PORT as people write it, and the network that an IP address belongs to, which is what the
// rate limiter counts by. Knows no socket, and resolves nothing.

#include <boost/asio/ip/address.hpp>

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

/// A single IPv4 address, or the /64 of an IPv6 address, because a host usually has a whole /64.
/// An IPv4-mapped IPv6 address counts as the IPv4 address it holds; "::1" is a network by itself.
///
/// Threads: any.
class IpNetwork {
  public:
    explicit IpNetwork(const boost::asio::ip::address& address);

    /// Of an address as text; `nullopt` for other texts.
    static std::optional<IpNetwork> parse(std::string_view address);

    /// "192.0.2.1", "2001:db8:1:2::/64", "::1".
    std::string text() const;

    bool is_loopback() const noexcept { return first_.is_loopback(); }

    friend bool operator==(const IpNetwork&, const IpNetwork&) = default;
    friend bool operator<(const IpNetwork& a, const IpNetwork& b) noexcept {
        return a.first_ < b.first_;
    }

  private:
    // Its first address.
    boost::asio::ip::address first_;
};

}  // namespace roster
