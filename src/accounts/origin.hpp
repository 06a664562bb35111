#pragma once

// Where a call comes from. Knows no socket and no protocol.

#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace roster::accounts {

/// The ways into the house; each has its own password policy.
enum class Door : std::uint8_t {
    /// The documented protocol of the course.
    classic,
    /// The HTTP API.
    api,
    /// The command line, at the machine itself.
    local,
};

class Origin {
  public:
    /// The machine itself.
    Origin() = default;
    Origin(Door through, const boost::asio::ip::address& from)
        : door(through), address(plain(from)) {}

    Door door = Door::local;
    /// Nothing for the machine itself: nothing is throttled there.
    std::optional<boost::asio::ip::address> address;
    std::string user_agent;
    /// For the audit log; empty where there is none.
    std::string request_id;

  private:
    // A listener for both families sees IPv4 as IPv6; nobody should have to look for it twice.
    static boost::asio::ip::address plain(const boost::asio::ip::address& from) {
        namespace ip = boost::asio::ip;
        if (!from.is_v6() || !from.to_v6().is_v4_mapped()) return from;
        return ip::make_address_v4(ip::v4_mapped, from.to_v6());
    }
};

}  // namespace roster::accounts
