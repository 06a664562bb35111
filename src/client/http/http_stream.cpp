#include "client/http/http_stream.hpp"

#include "client/http/transport.hpp"
#include "core/json/json_parser.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/span_body.hpp>
#include <boost/beast/http/write.hpp>

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

namespace roster::client {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bh = boost::beast::http;
using boost::system::error_code;

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
        const bool is_streamed = request.sink && answer.response.status < 300;
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

}  // namespace

asio::awaitable<ApiResult<std::unique_ptr<HttpStream>>> connect_http(
    ApiEndpoint endpoint, ApiClientOptions options, HttpStream::Deadline deadline) {
    auto transport = co_await open_transport(endpoint, options.trusted_certificates, deadline);
    if (!transport) co_return transport.error();
    const std::string url = endpoint.url();
    std::string host =
        endpoint.is_unix() ? std::string("localhost") : url.substr(url.find("://") + 3);
    std::unique_ptr<HttpStream> stream;
    if (auto* const tls = std::get_if<std::unique_ptr<TlsTransport>>(&*transport))
        stream =
            std::make_unique<BeastStream<TlsTransport>>(std::move(*tls), std::move(host), options);
    else
        stream = std::make_unique<BeastStream<PlainTransport>>(
            std::get<std::unique_ptr<PlainTransport>>(std::move(*transport)), std::move(host),
            options);
    co_return std::move(stream);
}

}  // namespace roster::client
