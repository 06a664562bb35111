#pragma once

// Where a request comes from that a proxy has passed on. Knows no connection.

#include "protocol/http/request.hpp"
#include "server/net/connection_table.hpp"

#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include <string>
#include <vector>

namespace roster::server {

/// The proxies whose X-Forwarded-For is believed. Anybody else may write one.
/// Threads: any.
class TrustedProxies {
  public:
    TrustedProxies() = default;
    /// `networks`: like "127.0.0.1" or "10.0.0.0/8".
    /// Throws: `StartupError` with `invalid_request`.
    explicit TrustedProxies(const std::vector<std::string>& networks);

    /// The peer's own address; if that is a proxy of these, the last one in X-Forwarded-For that is
    /// none of them. What stands before it, or cannot be read, may be the client's invention.
    PeerAddress client_of(const PeerAddress& peer, const protocol::http::Request& request) const;

  private:
    bool has(const boost::asio::ip::address& address) const;

    std::vector<boost::asio::ip::network_v4> v4_;
    std::vector<boost::asio::ip::network_v6> v6_;
};

}  // namespace roster::server
