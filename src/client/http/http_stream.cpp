#include "client/http/http_stream.hpp"

#include "client/tcp_connect.hpp"
#include "core/json/json_parser.hpp"

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/span_body.hpp>
#include <boost/beast/http/write.hpp>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/sslerr.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace roster::client {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bh = boost::beast::http;
using boost::system::error_code;
using Stream = beast::basic_stream<asio::generic::stream_protocol>;
using Socket = asio::generic::stream_protocol::socket;

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

// TLS, and the rules that both sides agree on it by, which it needs as long as it lives.
struct TlsStream {
    TlsStream(Socket socket, std::unique_ptr<asio::ssl::context> its_rules)
        : rules(std::move(its_rules)), stream(std::move(socket), *rules) {}

    std::unique_ptr<asio::ssl::context> rules;
    asio::ssl::stream<Stream> stream;
};

struct PlainStream {
    explicit PlainStream(Socket socket) : stream(std::move(socket)) {}

    Stream stream;
};

// Servers are verified, by certificates that are trusted and by their names.
ApiResult<std::unique_ptr<asio::ssl::context>> tls_rules(const ApiClientOptions& options) {
    auto rules = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_client);
    SSL_CTX_set_min_proto_version(rules->native_handle(), TLS1_2_VERSION);
    error_code ec;
    rules->set_verify_mode(asio::ssl::verify_peer, ec);
    if (ec) return ApiError(ec);
    if (options.trusted_certificates.empty())
        rules->set_default_verify_paths(ec);
    else
        rules->load_verify_file(options.trusted_certificates, ec);
    if (ec) return ApiError(ec);
    return rules;
}

template <class Transport>
class BeastStream final : public HttpStream {
  public:
    BeastStream(std::unique_ptr<Transport> transport, std::string host,
                const ApiClientOptions& options)
        : transport_(std::move(transport)),
          stream_(transport_->stream),
          host_(std::move(host)),
          max_answer_bytes_(options.max_answer_bytes),
          part_timeout_(options.part_timeout) {}

    asio::awaitable<ApiResult<Answer>> exchange(const ApiRequest& request, const Secret& token,
                                                Deadline deadline) override {
        deadline_.reset();
        if (!request.source && !request.sink) deadline_ = deadline;
        std::optional<ApiError> unsent;
        if (request.source)
            unsent = co_await send_parts(request, token);
        else
            unsent = co_await send_whole(request, token);
        // A server that refuses a long body may answer before it has all of it.
        const bool may_be_answered =
            !unsent || (request.source && unsent->error == Errc::connection_closed);
        if (!may_be_answered) co_return *unsent;
        auto answer = co_await read_answer(request);
        beast::get_lowest_layer(stream_).expires_never();
        if (unsent && !answer) co_return *unsent;
        co_return std::move(answer);
    }

  private:
    using Outgoing = bh::request_header<>;

    void begin_part() {
        if (deadline_)
            beast::get_lowest_layer(stream_).expires_at(*deadline_);
        else
            beast::get_lowest_layer(stream_).expires_after(part_timeout_);
    }

    asio::awaitable<std::optional<ApiError>> send_whole(const ApiRequest& request,
                                                        const Secret& token) {
        bh::request<bh::span_body<const char>> message;
        set_head(message, request, token);
        const std::string_view body = request.body.reveal();
        message.body() = {body.data(), body.size()};
        message.prepare_payload();
        error_code ec;
        begin_part();
        co_await bh::async_write(stream_, message, asio::redirect_error(asio::use_awaitable, ec));
        if (ec) co_return network_error(ec);
        co_return std::nullopt;
    }

    asio::awaitable<std::optional<ApiError>> send_parts(const ApiRequest& request,
                                                        const Secret& token) {
        bh::request<bh::buffer_body> message;
        set_head(message, request, token);
        message.chunked(true);
        message.body().data = nullptr;
        message.body().more = true;
        bh::request_serializer<bh::buffer_body> writer(message);
        while (message.body().more) {
            result<std::string> part = request.source();
            if (!part) co_return ApiError(part.error());
            message.body().data = part->empty() ? nullptr : part->data();
            message.body().size = part->size();
            message.body().more = !part->empty();
            error_code ec;
            begin_part();
            co_await bh::async_write(stream_, writer,
                                     asio::redirect_error(asio::use_awaitable, ec));
            // It may hold password hashes.
            wipe(part->data(), part->size());
            if (ec && ec != bh::error::need_buffer) co_return network_error(ec);
        }
        co_return std::nullopt;
    }

    asio::awaitable<ApiResult<Answer>> read_answer(const ApiRequest& request) {
        bh::response_parser<bh::buffer_body> parser;
        parser.body_limit(boost::none);
        parser.skip(request.method == "HEAD");
        error_code ec;
        begin_part();
        co_await bh::async_read_header(stream_, received_, parser,
                                       asio::redirect_error(asio::use_awaitable, ec));
        if (ec) co_return network_error(ec);
        Answer answer = answer_of(parser.get());
        const bool is_streamed = request.sink && answer.response.status < 400;
        std::string body;
        std::vector<char> buffer(kPartBytes);
        while (!parser.is_done()) {
            parser.get().body().data = buffer.data();
            parser.get().body().size = buffer.size();
            begin_part();
            co_await bh::async_read_some(stream_, received_, parser,
                                         asio::redirect_error(asio::use_awaitable, ec));
            const std::string_view part(buffer.data(), buffer.size() - parser.get().body().size);
            const bool goes_to_sink = is_streamed && !part.empty();
            const auto taken = goes_to_sink ? request.sink(part) : append(part, body);
            wipe(buffer.data(), part.size());
            if (ec == bh::error::need_buffer) ec = {};
            if (ec || !taken) co_return broken(answer, ec ? network_error(ec) : taken.error());
        }
        answer.response.body = Secret(body);
        wipe(body.data(), body.size());
        co_return std::move(answer);
    }

    result<void> append(std::string_view part, std::string& body) const {
        if (body.size() + part.size() > max_answer_bytes_) return bh::error::body_limit;
        body += part;
        return {};
    }

    static ApiError broken(const Answer& answer, ApiError error) {
        if (error.error == bh::error::body_limit) error = network_error(error.error);
        error.status = answer.response.status;
        return error;
    }

    void set_head(Outgoing& head, const ApiRequest& request, const Secret& token) const {
        head.version(11);
        head.method_string(request.method);
        head.target(request.target);
        head.set(bh::field::host, host_);
        head.set(bh::field::user_agent, "roster");
        head.set(bh::field::accept, request.sink ? "*/*" : "application/json");
        if (!token.reveal().empty())
            head.set(bh::field::authorization, "Bearer " + std::string(token.reveal()));
        if (!request.idempotency_key.empty()) head.set("Idempotency-Key", request.idempotency_key);
        if (request.body.reveal().empty() && !request.source) return;
        const bool is_patch = request.method == "PATCH";
        head.set(bh::field::content_type, !request.content_type.empty() ? request.content_type
                                          : is_patch ? "application/merge-patch+json"
                                                     : "application/json");
    }

    static Answer answer_of(const bh::response<bh::buffer_body>& message) {
        Answer answer;
        answer.response.status = message.result_int();
        answer.keep_alive = message.keep_alive();
        const auto wait = message.find(bh::field::retry_after);
        if (wait != message.end()) {
            const auto seconds = parse_decimal(std::string_view(wait->value()));
            if (seconds && *seconds < 1'000'000'000)
                answer.response.retry_after =
                    std::chrono::seconds(static_cast<std::int64_t>(*seconds));
        }
        const auto id = message.find("Request-Id");
        if (id != message.end()) answer.request_id = std::string(id->value());
        return answer;
    }

    static constexpr std::size_t kPartBytes = 64 * 1024;

    const std::unique_ptr<Transport> transport_;
    decltype(Transport::stream)& stream_;
    beast::flat_buffer received_;
    const std::string host_;
    const std::size_t max_answer_bytes_;
    const std::chrono::milliseconds part_timeout_;
    // Of the exchange; without one, each part has its own.
    std::optional<Deadline> deadline_;
};

asio::awaitable<ApiResult<std::unique_ptr<TlsStream>>> start_tls(std::string host, Socket socket,
                                                                 ApiClientOptions options,
                                                                 HttpStream::Deadline deadline) {
    auto rules = tls_rules(options);
    if (!rules) co_return rules.error();
    auto tls = std::make_unique<TlsStream>(std::move(socket), std::move(*rules));
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

}  // namespace

asio::awaitable<ApiResult<std::unique_ptr<HttpStream>>> connect_http(
    ApiEndpoint endpoint, ApiClientOptions options, HttpStream::Deadline deadline) {
    std::unique_ptr<HttpStream> stream;
    if (endpoint.is_unix()) {
        const asio::any_io_executor executor = co_await asio::this_coro::executor;
        Stream connecting(executor);
        connecting.expires_at(deadline);
        const asio::local::stream_protocol::endpoint path(endpoint.path());
        const asio::generic::stream_protocol::endpoint where(path);
        error_code ec;
        co_await connecting.async_connect(where, asio::redirect_error(asio::use_awaitable, ec));
        if (ec) co_return network_error(ec);
        auto plain = std::make_unique<PlainStream>(connecting.release_socket());
        stream = std::make_unique<BeastStream<PlainStream>>(std::move(plain), "localhost", options);
        co_return std::move(stream);
    }
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    const auto timeout = std::max(left, std::chrono::milliseconds(1));
    result<asio::ip::tcp::socket> socket =
        co_await tcp_connect(endpoint.host(), endpoint.port(), timeout);
    if (!socket) co_return ApiError(socket.error());
    const std::string url = endpoint.url();
    std::string host = url.substr(url.find("://") + 3);
    if (endpoint.is_tls()) {
        auto tls = co_await start_tls(endpoint.host(), std::move(*socket), options, deadline);
        if (!tls) co_return tls.error();
        stream =
            std::make_unique<BeastStream<TlsStream>>(std::move(*tls), std::move(host), options);
        co_return std::move(stream);
    }
    auto plain = std::make_unique<PlainStream>(std::move(*socket));
    stream = std::make_unique<BeastStream<PlainStream>>(std::move(plain), std::move(host), options);
    co_return std::move(stream);
}

}  // namespace roster::client
