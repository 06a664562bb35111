#include "client/http/http_stream.hpp"

#include "client/tcp_connect.hpp"
#include "core/json/json_parser.hpp"

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/span_body.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <algorithm>
#include <utility>

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
                           ec == asio::error::broken_pipe;
    if (is_closed) return Errc::connection_closed;
    if (ec.category() == make_error_code(bh::error::bad_version).category())
        return Errc::malformed_answer;
    return ec;
}

class BeastStream final : public HttpStream {
  public:
    BeastStream(Socket socket, std::string host, std::size_t max_answer_bytes)
        : stream_(std::move(socket)), host_(std::move(host)), max_answer_bytes_(max_answer_bytes) {}

    asio::awaitable<ApiResult<Answer>> exchange(const ApiRequest& request, const Secret& token,
                                                Deadline deadline) override {
        bh::request<bh::span_body<const char>> message = message_of(request, token);
        stream_.expires_at(deadline);
        error_code ec;
        co_await bh::async_write(stream_, message, asio::redirect_error(asio::use_awaitable, ec));
        if (ec) co_return network_error(ec);
        bh::response_parser<bh::string_body> parser;
        parser.body_limit(max_answer_bytes_);
        co_await bh::async_read(stream_, received_, parser,
                                asio::redirect_error(asio::use_awaitable, ec));
        if (ec) co_return network_error(ec);
        stream_.expires_never();
        co_return answer_of(parser.get());
    }

  private:
    bh::request<bh::span_body<const char>> message_of(const ApiRequest& request,
                                                      const Secret& token) const {
        bh::request<bh::span_body<const char>> message;
        message.version(11);
        message.method_string(request.method);
        message.target(request.target);
        message.set(bh::field::host, host_);
        message.set(bh::field::user_agent, "roster");
        message.set(bh::field::accept, "application/json");
        if (!token.reveal().empty())
            message.set(bh::field::authorization, "Bearer " + std::string(token.reveal()));
        const std::string_view body = request.body.reveal();
        if (!body.empty()) {
            const bool is_patch = request.method == "PATCH";
            message.set(bh::field::content_type,
                        is_patch ? "application/merge-patch+json" : "application/json");
        }
        message.body() = {body.data(), body.size()};
        message.prepare_payload();
        return message;
    }

    static Answer answer_of(const bh::response<bh::string_body>& message) {
        Answer answer;
        answer.response.status = message.result_int();
        answer.response.body = Secret(message.body());
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

    Stream stream_;
    beast::flat_buffer received_;
    const std::string host_;
    const std::size_t max_answer_bytes_;
};

}  // namespace

asio::awaitable<ApiResult<std::unique_ptr<HttpStream>>> connect_http(
    ApiEndpoint endpoint, std::size_t max_answer_bytes, HttpStream::Deadline deadline) {
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
        stream = std::make_unique<BeastStream>(connecting.release_socket(), "localhost",
                                               max_answer_bytes);
        co_return std::move(stream);
    }
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    const auto timeout = std::max(left, std::chrono::milliseconds(1));
    result<asio::ip::tcp::socket> socket =
        co_await tcp_connect(endpoint.host(), endpoint.port(), timeout);
    if (!socket) co_return ApiError(socket.error());
    const std::string url = endpoint.url();
    stream = std::make_unique<BeastStream>(
        std::move(*socket), url.substr(std::string_view("http://").size()), max_answer_bytes);
    co_return std::move(stream);
}

}  // namespace roster::client
