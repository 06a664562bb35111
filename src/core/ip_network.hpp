#pragma once

// Where guesses come from, as far as it can be told apart: one machine, or one household.
// Knows no socket.

#include <boost/asio/ip/address.hpp>

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace roster {

/// The whole of an IPv4 address; the /64 of an IPv6 address, because whoever has one has all of its
/// addresses. An IPv4-mapped IPv6 address is the IPv4 address it holds; "::1" stands for itself.
///
/// Threads: any.
class IpNetwork {
  public:
    explicit IpNetwork(const boost::asio::ip::address& address);

    /// "192.0.2.1", "2001:db8:1:2::/64", "::1".
    std::string text() const;
    /// The inverse; nothing where it is none of these.
    static std::optional<IpNetwork> parse(std::string_view text);

    bool is_loopback() const noexcept;

    /// The same network, the same numbers.
    std::uint64_t family() const noexcept { return static_cast<std::uint64_t>(family_); }
    std::uint64_t bits() const noexcept { return bits_; }

    friend auto operator<=>(const IpNetwork&, const IpNetwork&) = default;

  private:
    enum class Family : std::uint8_t { v4, v6, v6_loopback };

    Family family_ = Family::v4;
    std::uint64_t bits_ = 0;
};

}  // namespace roster
