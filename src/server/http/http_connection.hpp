#pragma once

// One connection of HTTP/1.1: requests to the handler, in order, and their responses.
// Knows no route and no framing.

#include "protocol/http/encoder.hpp"
#include "server/http/body_source.hpp"
#include "server/http/http_exchange.hpp"
#include "server/http/request_handler.hpp"
#include "server/http/trusted_proxies.hpp"
#include "server/metrics/request_metrics.hpp"
#include "server/net/connection.hpp"
#include "server/net/tls_certificate.hpp"

#include <boost/asio/awaitable.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace roster::server {

/// What every HTTP connection of a server shares.
/// Lifetime: outlives the connections.
struct HttpContext {
    RequestHandler& handler;
    ConnectionTable& table;
    const ServerLimits& limits;
    std::shared_ptr<Log> log;
    AccessLog access_log = AccessLog::off;
    /// Null: requests are not counted.
    RequestMetrics* metrics = nullptr;
    /// Null: the bytes are carried as they are.
    const TlsCertificate* certificate = nullptr;
    /// Null: nobody's X-Forwarded-For is believed.
    const TrustedProxies* proxies = nullptr;
    /// Whether browsers are told to come by TLS only (RFC 6797).
    bool strict_transport = false;
};

class HttpConnection final : public Connection {
  public:
    HttpConnection(boost::asio::io_context& io, Descriptor socket, const PeerAddress& peer,
                   const HttpContext& context);

  private:
    using Request = protocol::http::Request;
    using Response = protocol::http::Response;

    boost::asio::awaitable<bool> answer_requests() override;
    void append_refusal(ConnectionRefusal why) override;
    Phase phase() const override { return exchange_ ? exchange_->decoder.phase() : Phase::idle; }
    std::size_t announced_body_bytes() const override {
        return exchange_->decoder.announced_body_bytes();
    }
    void feed(std::string_view bytes) override;

    /// Its exchange, which begins if it has not.
    HttpExchange& exchange();
    Response& response() noexcept { return exchange_->response; }
    const Response& response() const noexcept { return exchange_->response; }

    bool answer_now(const Request& request);
    boost::asio::awaitable<void> answer(const Request& request);
    bool answer_by_itself(const Request& request);
    void answer_unavailable(protocol::http::ProblemCode code, std::string detail);
    void refuse_if_too_long();
    void append_malformed(const protocol::http::Refusal& refusal);
    /// Appends the response, but for the rest of its body; null for a request that was refused.
    /// Returns the size of the body.
    std::size_t append(const Request* request, bool head);
    /// Adds to `body_bytes` what it sends. False: the connection is at its end.
    boost::asio::awaitable<bool> send_rest(const Request& request, std::size_t& body_bytes);
    boost::asio::awaitable<std::optional<protocol::http::BodyPart>> next_part(
        const Request& request, std::string& part);
    /// Who sends it: the peer, or whom a trusted proxy names.
    PeerAddress client_of(const Request& request) const;
    void note(const Request* request, std::size_t body_bytes,
              std::chrono::steady_clock::duration elapsed) const;
    void name_request(Request& request);
    std::string_view new_request_id();

    const HttpContext& context_;
    /// Null between two requests.
    std::unique_ptr<HttpExchange> exchange_;
    std::array<char, 16> request_id_{};
};

}  // namespace roster::server
