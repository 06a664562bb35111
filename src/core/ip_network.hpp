#pragma once

// The network that an address belongs to: what the rate limiter counts by.
// Knows no socket.

#include <boost/asio/ip/address.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace roster {

/// A single IPv4 address, or the /64 of an IPv6 address, because a host usually has a whole /64.
/// An IPv4-mapped IPv6 address counts as the IPv4 address it holds; "::1" is a network by itself.
///
/// Threads: any.
class IpNetwork {
  public:
    explicit IpNetwork(const boost::asio::ip::address& address);

    /// "192.0.2.1", "2001:db8:1:2::/64", "::1".
    std::string text() const;
    /// The inverse; `nullopt` for other texts.
    static std::optional<IpNetwork> parse(std::string_view text);

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
