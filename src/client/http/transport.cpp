#include "client/http/transport.hpp"

#include "client/tcp_connect.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/http/error.hpp>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/sslerr.h>

#include <algorithm>
#include <utility>

namespace roster::client {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bh = boost::beast::http;
using boost::system::error_code;
using Socket = PlainTransport::Stream::socket_type;
using Deadline = std::chrono::steady_clock::time_point;

// Servers are verified, by certificates that are trusted and by their names.
ApiResult<std::unique_ptr<asio::ssl::context>> tls_rules(const std::string& trusted_certificates) {
    auto rules = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_client);
    SSL_CTX_set_min_proto_version(rules->native_handle(), TLS1_2_VERSION);
    error_code ec;
    rules->set_verify_mode(asio::ssl::verify_peer, ec);
    if (ec) return ApiError(ec);
    if (trusted_certificates.empty())
        rules->set_default_verify_paths(ec);
    else
        rules->load_verify_file(trusted_certificates, ec);
    if (ec) return ApiError(ec);
    return rules;
}

asio::awaitable<ApiResult<std::unique_ptr<TlsTransport>>> start_tls(
    std::string host, Socket socket, std::string trusted_certificates, Deadline deadline) {
    auto rules = tls_rules(trusted_certificates);
    if (!rules) co_return rules.error();
    auto tls = std::make_unique<TlsTransport>(std::move(socket), std::move(*rules));
    error_code ec;
    tls->stream.set_verify_callback(asio::ssl::host_name_verification(host), ec);
    if (ec) co_return ApiError(ec);
    asio::ip::make_address(host, ec);
    // Which of its certificates the server is to show (RFC 6066 §3); not for addresses.
    if (ec) SSL_set_tlsext_host_name(tls->stream.native_handle(), host.c_str());
    beast::get_lowest_layer(tls->stream).expires_at(deadline);
    co_await tls->stream.async_handshake(asio::ssl::stream_base::client,
                                         asio::redirect_error(asio::use_awaitable, ec));
    if (ec) co_return network_error(ec);
    co_return std::move(tls);
}

// Such names are this machine's own, also where the system's resolver does not know them: browsers
// and curl do not ask it (RFC 6761 §6.3).
std::string name_to_resolve(const std::string& host) {
    return host.ends_with(".localhost") ? "localhost" : host;
}

asio::awaitable<ApiResult<Socket>> connect_to_path(std::string path, Deadline deadline) {
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    PlainTransport::Stream connecting(executor);
    connecting.expires_at(deadline);
    const asio::generic::stream_protocol::endpoint where(
        asio::local::stream_protocol::endpoint{path});
    error_code ec;
    co_await connecting.async_connect(where, asio::redirect_error(asio::use_awaitable, ec));
    if (ec) co_return network_error(ec);
    co_return connecting.release_socket();
}

asio::awaitable<ApiResult<Socket>> connect_to(ApiEndpoint endpoint, Deadline deadline) {
    if (endpoint.is_unix()) {
        auto socket = co_await connect_to_path(endpoint.path(), deadline);
        co_return std::move(socket);
    }
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    std::string host = name_to_resolve(endpoint.host());
    result<asio::ip::tcp::socket> socket = co_await tcp_connect(
        std::move(host), endpoint.port(), std::max(left, std::chrono::milliseconds(1)));
    if (!socket) co_return ApiError(socket.error());
    co_return Socket(std::move(*socket));
}

}  // namespace

ApiError network_error(const error_code& ec) {
    if (ec == beast::error::timeout) return Errc::timed_out;
    if (ec == asio::error::operation_aborted) return Errc::cancelled;
    if (ec == bh::error::body_limit || ec == bh::error::header_limit) {
        ApiError error = Errc::malformed_answer;
        error.detail = "the answer is longer than this client accepts";
        return error;
    }
    const bool is_closed = ec == bh::error::end_of_stream || ec == bh::error::partial_message ||
                           ec == asio::error::eof || ec == asio::error::connection_reset ||
                           ec == asio::error::broken_pipe ||
                           ec == asio::ssl::error::stream_truncated;
    if (is_closed) return Errc::connection_closed;
    const bool is_of_certificate =
        ec.category() == asio::error::get_ssl_category() &&
        ERR_GET_REASON(static_cast<unsigned long>(ec.value())) == SSL_R_CERTIFICATE_VERIFY_FAILED;
    if (is_of_certificate) return Errc::certificate_not_trusted;
    if (ec.category() == make_error_code(bh::error::bad_version).category())
        return Errc::malformed_answer;
    return ec;
}

asio::awaitable<ApiResult<Transport>> open_transport(ApiEndpoint endpoint,
                                                     std::string trusted_certificates,
                                                     Deadline deadline) {
    auto socket = co_await connect_to(endpoint, deadline);
    if (!socket) co_return socket.error();
    if (!endpoint.is_tls())
        co_return Transport(std::make_unique<PlainTransport>(std::move(*socket)));
    auto tls = co_await start_tls(endpoint.host(), std::move(*socket),
                                  std::move(trusted_certificates), deadline);
    if (!tls) co_return tls.error();
    co_return Transport(std::move(*tls));
}

}  // namespace roster::client
