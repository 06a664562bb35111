#include "client/http/page_request.hpp"

#include "client/http/transport.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <cstddef>
#include <memory>
#include <utility>
#include <variant>

namespace roster::client {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bh = boost::beast::http;
using boost::system::error_code;

constexpr std::size_t kMaxBodyBytes = 1024 * 1024;

bh::request<bh::empty_body> navigation(const std::string& host, const std::string& target) {
    bh::request<bh::empty_body> request(bh::verb::get, target, 11);
    request.set(bh::field::host, host);
    request.set(bh::field::user_agent, "roster");
    request.set(bh::field::accept, "text/html,application/xhtml+xml,*/*;q=0.8");
    request.set(bh::field::connection, "close");
    request.set("Sec-Fetch-Mode", "navigate");
    request.set("Sec-Fetch-Dest", "document");
    return request;
}

template <class Stream>
asio::awaitable<ApiResult<PageAnswer>> ask(Stream& stream, std::string host, std::string target,
                                           std::chrono::steady_clock::time_point deadline) {
    beast::get_lowest_layer(stream).expires_at(deadline);
    bh::request<bh::empty_body> request = navigation(host, target);
    error_code ec;
    co_await bh::async_write(stream, request, asio::redirect_error(asio::use_awaitable, ec));
    if (ec) co_return network_error(ec);
    bh::response_parser<bh::string_body> parser;
    parser.body_limit(kMaxBodyBytes);
    beast::flat_buffer buffer;
    co_await bh::async_read(stream, buffer, parser, asio::redirect_error(asio::use_awaitable, ec));
    if (ec) co_return network_error(ec);
    const auto& got = parser.get();
    co_return PageAnswer(got.result_int(), std::string(got[bh::field::location]), got.body());
}

}  // namespace

asio::awaitable<ApiResult<PageAnswer>> get_page(ApiEndpoint server, std::string host,
                                                std::string target,
                                                std::chrono::milliseconds timeout) {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    auto transport = co_await open_transport(server, std::string(), deadline);
    if (!transport) co_return transport.error();
    ApiResult<PageAnswer> answer = ApiError(Errc::internal);
    if (auto* const tls = std::get_if<std::unique_ptr<TlsTransport>>(&*transport))
        answer = co_await ask((*tls)->stream, std::move(host), std::move(target), deadline);
    else
        answer = co_await ask(std::get<std::unique_ptr<PlainTransport>>(*transport)->stream,
                              std::move(host), std::move(target), deadline);
    co_return std::move(answer);
}

}  // namespace roster::client
