#pragma once

// From a host name to a connected socket, with a timeout. Knows no protocol.

#include <roster/error.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <string>

namespace roster::client {

/// Tries the addresses of the host one after the other.
/// Errors: `timed_out`, `cancelled`, or the system's error for the last address.
boost::asio::awaitable<result<boost::asio::ip::tcp::socket>> tcp_connect(
    std::string host, std::string port, std::chrono::milliseconds timeout);

}  // namespace roster::client
