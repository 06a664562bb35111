#pragma once

// From a name to a connected socket, within a time. Knows no protocol.

#include <roster/error.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <string>

namespace roster::client {

/// Tries every address that the host has, one after the other.
/// Errors: `timed_out`, `cancelled`, or what the system said of the last address.
boost::asio::awaitable<result<boost::asio::ip::tcp::socket>> tcp_connect(
    std::string host, std::string port, std::chrono::milliseconds timeout);

}  // namespace roster::client
