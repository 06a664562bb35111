#pragma once

// Where a call comes from. Knows no socket and no protocol.

#include "core/channel.hpp"

#include <boost/asio/ip/address.hpp>

#include <optional>
#include <string>
#include <utility>

namespace roster::accounts {

class ClientInfo {
  public:
    /// The machine itself.
    ClientInfo() = default;
    ClientInfo(Channel through, const boost::asio::ip::address& from)
        : channel(through), address(plain(from)) {}

    Channel channel = Channel::local;
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
