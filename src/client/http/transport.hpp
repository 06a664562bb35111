#pragma once

// What carries the bytes to a server: TCP or a Unix socket, with TLS or without.
// Knows no HTTP, but what its errors mean.

#include <roster/api_types.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/basic_stream.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <variant>

namespace roster::client {

/// Its waits have the deadline that is set on the lowest layer of `stream`.
struct PlainTransport {
    using Stream = boost::beast::basic_stream<boost::asio::generic::stream_protocol>;

    explicit PlainTransport(Stream::socket_type socket) : stream(std::move(socket)) {}

    Stream stream;
};

/// The same by TLS.
struct TlsTransport {
    TlsTransport(PlainTransport::Stream::socket_type socket,
                 std::unique_ptr<boost::asio::ssl::context> its_rules)
        : rules(std::move(its_rules)), stream(std::move(socket), *rules) {}

    // Before the stream, which uses them.
    const std::unique_ptr<boost::asio::ssl::context> rules;
    boost::asio::ssl::stream<PlainTransport::Stream> stream;
};

using Transport = std::variant<std::unique_ptr<PlainTransport>, std::unique_ptr<TlsTransport>>;

/// `trusted_certificates`: as of `ApiClientOptions`.
/// Errors: `timed_out`, `cancelled`, `connection_closed`, `certificate_not_trusted`, or the
/// system's.
boost::asio::awaitable<ApiResult<Transport>> open_transport(
    ApiEndpoint endpoint, std::string trusted_certificates,
    std::chrono::steady_clock::time_point deadline);

/// What an error of a stream, of TLS or of Beast means to a caller.
ApiError network_error(const boost::system::error_code& ec);

}  // namespace roster::client
