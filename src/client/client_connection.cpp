#include "client/client_connection.hpp"

#include "protocol/classic/encoder.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <cstddef>
#include <utility>

namespace roster::client {
namespace {

namespace asio = boost::asio;
namespace classic = protocol::classic;

constexpr std::size_t kReadBytes = 64 * 1024;

classic::ResponseLimits limits_of(const ClientOptions& options) {
    classic::ResponseLimits limits;
    limits.body_bytes = options.max_answer_bytes;
    return limits;
}

std::vector<asio::const_buffer> buffers_of(
    const std::vector<std::shared_ptr<PendingRequest>>& batch) {
    std::vector<asio::const_buffer> buffers;
    buffers.reserve(batch.size());
    for (const auto& request : batch) {
        const std::string_view bytes = request->bytes().reveal();
        buffers.emplace_back(bytes.data(), bytes.size());
    }
    return buffers;
}

}  // namespace

ClientConnection::ClientConnection(asio::ip::tcp::socket socket, std::string host,
                                   ClientOptions options)
    : socket_(std::move(socket)),
      host_(std::move(host)),
      options_(std::move(options)),
      decoder_(limits_of(options_)),
      more_to_send_(socket_.get_executor(), asio::steady_timer::time_point::max()),
      closed_(socket_.get_executor(), asio::steady_timer::time_point::max()) {}

void ClientConnection::start() {
    const auto self = shared_from_this();
    asio::co_spawn(socket_.get_executor(), send_requests(self),
                   [self](std::exception_ptr bug) { self->close_after(bug); });
    asio::co_spawn(socket_.get_executor(), receive_responses(self),
                   [self](std::exception_ptr bug) { self->close_after(bug); });
}

asio::awaitable<result<Response>> ClientConnection::fetch(Shared self, Request request) {
    if (!self || !self->is_open()) co_return Errc::connection_closed;
    result<Secret> bytes = classic::encode_request(request.method, self->host_, request.body);
    if (!bytes) co_return bytes.error();

    const auto pending =
        std::make_shared<PendingRequest>(self->socket_.get_executor(), std::move(*bytes),
                                         request.method == "HEAD", self->options_.request_timeout);
    self->unsent_.push_back(pending);
    // However the caller's wait ends, also by the end of its coroutine.
    const std::shared_ptr<void> on_exit(nullptr,
                                        [self, pending](void*) { self->abandon(pending); });
    self->more_to_send_.cancel();

    boost::system::error_code ec;
    co_await pending->timer().async_wait(asio::redirect_error(asio::use_awaitable, ec));
    if (pending->is_settled()) co_return pending->take_outcome();
    co_return ec ? Errc::cancelled : Errc::timed_out;
}

asio::awaitable<result<void>> ClientConnection::wait_closed(Shared self) {
    if (!self) co_return result<void>();
    boost::system::error_code ec;
    if (self->socket_.is_open())
        co_await self->closed_.async_wait(asio::redirect_error(asio::use_awaitable, ec));
    if (self->socket_.is_open()) co_return Errc::cancelled;
    co_return result<void>();
}

asio::awaitable<void> ClientConnection::send_requests(Shared self) {
    while (self->is_open()) {
        boost::system::error_code ec;
        const auto batch = self->take_unsent();
        if (batch.empty()) {
            co_await self->more_to_send_.async_wait(asio::redirect_error(asio::use_awaitable, ec));
            continue;
        }
        const auto buffers = buffers_of(batch);
        co_await asio::async_write(self->socket_, buffers,
                                   asio::redirect_error(asio::use_awaitable, ec));
        for (const auto& request : batch)
            request->drop_bytes();
        // The server may have responded before it stopped reading: what was sent goes on waiting.
        if (!ec) continue;
        self->sends_ = false;
        self->fail(self->unsent_, Errc::connection_closed);
    }
}

asio::awaitable<void> ClientConnection::receive_responses(Shared self) {
    std::vector<char> bytes(kReadBytes);
    while (self->socket_.is_open()) {
        boost::system::error_code ec;
        const std::size_t size_bytes = co_await self->socket_.async_read_some(
            asio::buffer(bytes), asio::redirect_error(asio::use_awaitable, ec));
        if (ec && ec != asio::error::eof) break;
        if (ec) self->decoder_.end();
        self->trace(false, std::string_view(bytes.data(), size_bytes));
        self->decoder_.feed(std::string_view(bytes.data(), size_bytes));
        self->settle_responses();
        if (ec) break;
    }
    self->close(Errc::connection_closed);
}

std::vector<ClientConnection::Pending> ClientConnection::take_unsent() {
    std::vector<Pending> batch(unsent_.begin(), unsent_.end());
    unsent_.clear();
    for (const auto& request : batch) {
        sent_.push_back(request);
        decoder_.expect(request->is_head());
        trace(true, request->bytes().reveal());
    }
    return batch;
}

void ClientConnection::abandon(const Pending& request) {
    std::erase(unsent_, request);
    request->settle(Errc::cancelled);
}

void ClientConnection::settle_responses() {
    while (socket_.is_open()) {
        auto response = decoder_.next();
        if (!response) return close(static_cast<Errc>(response.error().value()));
        if (!*response) return;
        const bool keep_alive = (*response)->keep_alive;
        const Pending oldest = std::move(sent_.front());
        sent_.pop_front();
        oldest->settle(std::move(**response));
        if (!keep_alive) close(Errc::connection_closed);
    }
}

void ClientConnection::close(Errc reason) noexcept {
    boost::system::error_code ignored;
    socket_.close(ignored);
    fail(sent_, reason);
    fail(unsent_, reason);
    more_to_send_.cancel();
    closed_.cancel();
}

void ClientConnection::fail(std::deque<Pending>& requests, Errc reason) {
    for (const auto& request : std::exchange(requests, {}))
        request->settle(reason);
}

void ClientConnection::close_after(std::exception_ptr bug) noexcept {
    if (bug) close(Errc::internal);
}

void ClientConnection::trace(bool sent, std::string_view bytes) const {
    if (options_.trace && !bytes.empty()) options_.trace(sent, bytes);
}

}  // namespace roster::client
