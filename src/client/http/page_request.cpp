#include "client/http/page_request.hpp"

#include "client/tcp_connect.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <cstddef>
#include <string_view>
#include <utility>

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

error_code as_error(const error_code& ec) {
    if (ec == beast::error::timeout) return Errc::timed_out;
    if (ec == bh::error::end_of_stream || ec == asio::error::eof) return Errc::connection_closed;
    const bool is_http = ec.category() == make_error_code(bh::error::bad_version).category();
    return is_http ? make_error_code(Errc::malformed_answer) : ec;
}

}  // namespace

asio::awaitable<result<PageAnswer>> get_page(std::string origin, std::string target,
                                             std::chrono::milliseconds timeout) {
    const std::string authority = origin.substr(std::string_view("http://").size());
    const std::size_t bracket = authority.rfind(']');
    const std::size_t colon = authority.find(':', bracket == authority.npos ? 0 : bracket);
    std::string host = authority.substr(0, colon);
    if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
    std::string port = colon == authority.npos ? "80" : authority.substr(colon + 1);
    auto socket = co_await tcp_connect(std::move(host), std::move(port), timeout);
    if (!socket) co_return socket.error();
    beast::tcp_stream stream(std::move(*socket));
    stream.expires_after(timeout);
    bh::request<bh::empty_body> request = navigation(authority, target);
    error_code ec;
    co_await bh::async_write(stream, request, asio::redirect_error(asio::use_awaitable, ec));
    if (ec) co_return as_error(ec);
    bh::response_parser<bh::string_body> parser;
    parser.body_limit(kMaxBodyBytes);
    beast::flat_buffer buffer;
    co_await bh::async_read(stream, buffer, parser, asio::redirect_error(asio::use_awaitable, ec));
    if (ec) co_return as_error(ec);
    PageAnswer answer;
    answer.status = parser.get().result_int();
    answer.location = std::string(parser.get()[bh::field::location]);
    answer.body = parser.get().body();
    co_return answer;
}

}  // namespace roster::client
