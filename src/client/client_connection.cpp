#include "client/client_connection.hpp"

#include "protocol/classic/request_encoder.hpp"

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

classic::AnswerLimits limits_of(const ClientOptions& options) {
    classic::AnswerLimits limits;
    limits.body_bytes = options.max_answer_bytes;
    return limits;
}

Response to_response(classic::Answer answer) {
    Response response;
    response.status = answer.status;
    response.reason = std::move(answer.reason);
    response.headers = std::move(answer.headers);
    response.body = std::move(answer.body);
    response.keep_alive = answer.keep_alive;
    return response;
}

std::vector<asio::const_buffer> buffers_of(const std::vector<PendingRequests::Shared>& batch) {
    std::vector<asio::const_buffer> buffers;
    buffers.reserve(batch.size());
    for (const auto& exchange : batch) {
        const std::string_view bytes = exchange->request().reveal();
        buffers.emplace_back(bytes.data(), bytes.size());
    }
    return buffers;
}

// However the caller's wait ends, also by the end of his coroutine, nobody waits afterwards.
class AbandonOnExit {
  public:
    AbandonOnExit(PendingRequests& pending, PendingRequests::Shared exchange)
        : pending_(pending), exchange_(std::move(exchange)) {}
    ~AbandonOnExit() { pending_.abandon(exchange_); }

    AbandonOnExit(const AbandonOnExit&) = delete;
    AbandonOnExit& operator=(const AbandonOnExit&) = delete;

  private:
    PendingRequests& pending_;
    PendingRequests::Shared exchange_;
};

}  // namespace

Connection::Connection(asio::ip::tcp::socket socket, std::string host, ClientOptions options)
    : socket_(std::move(socket)),
      host_(std::move(host)),
      options_(std::move(options)),
      decoder_(limits_of(options_)),
      more_to_send_(socket_.get_executor(), asio::steady_timer::time_point::max()),
      closed_(socket_.get_executor(), asio::steady_timer::time_point::max()) {}

void Connection::start() {
    const auto self = shared_from_this();
    asio::co_spawn(socket_.get_executor(), send_requests(self),
                   [self](std::exception_ptr bug) { self->close_after(bug); });
    asio::co_spawn(socket_.get_executor(), receive_answers(self),
                   [self](std::exception_ptr bug) { self->close_after(bug); });
}

asio::awaitable<result<Response>> Connection::fetch(std::shared_ptr<Connection> self,
                                                    Request request) {
    if (!self->is_open()) co_return Errc::connection_closed;
    result<Secret> bytes = classic::encode_request(request.method, self->host_, request.body);
    if (!bytes) co_return bytes.error();

    const auto exchange =
        std::make_shared<Exchange>(self->socket_.get_executor(), std::move(*bytes),
                                   request.method == "HEAD", self->options_.request_timeout);
    self->pending_.add(exchange);
    const AbandonOnExit guard(self->pending_, exchange);
    self->more_to_send_.cancel();

    boost::system::error_code ec;
    co_await exchange->timer().async_wait(asio::redirect_error(asio::use_awaitable, ec));
    if (exchange->is_settled()) co_return exchange->take_outcome();
    co_return ec ? Errc::cancelled : Errc::timed_out;
}

asio::awaitable<result<void>> Connection::wait_closed(std::shared_ptr<Connection> self) {
    boost::system::error_code ec;
    if (self->socket_.is_open())
        co_await self->closed_.async_wait(asio::redirect_error(asio::use_awaitable, ec));
    if (self->socket_.is_open()) co_return Errc::cancelled;
    co_return result<void>();
}

asio::awaitable<void> Connection::send_requests(std::shared_ptr<Connection> self) {
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
        for (const auto& exchange : batch)
            exchange->forget_request();
        // The server may have answered before it stopped listening: what was sent goes on waiting.
        if (ec) self->stop_sending();
    }
}

asio::awaitable<void> Connection::receive_answers(std::shared_ptr<Connection> self) {
    std::vector<char> bytes(kReadBytes);
    while (self->socket_.is_open()) {
        boost::system::error_code ec;
        const std::size_t size_bytes = co_await self->socket_.async_read_some(
            asio::buffer(bytes), asio::redirect_error(asio::use_awaitable, ec));
        if (ec && ec != asio::error::eof) break;
        if (ec) self->decoder_.end();
        self->trace(false, std::string_view(bytes.data(), size_bytes));
        self->decoder_.feed(std::string_view(bytes.data(), size_bytes));
        self->settle_answers();
        if (ec) break;
    }
    self->close(Errc::connection_closed);
}

std::vector<PendingRequests::Shared> Connection::take_unsent() {
    auto batch = pending_.take_unsent();
    for (const auto& exchange : batch) {
        decoder_.expect(exchange->is_head());
        trace(true, exchange->request().reveal());
    }
    return batch;
}

void Connection::stop_sending() {
    sends_ = false;
    pending_.fail_unsent(Errc::connection_closed);
}

void Connection::settle_answers() {
    while (socket_.is_open()) {
        auto answer = decoder_.next();
        if (!answer) return close(static_cast<Errc>(answer.error().value()));
        if (!*answer) return;
        settle(std::move(**answer));
    }
}

void Connection::settle(classic::Answer answer) {
    const bool keep_alive = answer.keep_alive;
    pending_.settle_oldest(to_response(std::move(answer)));
    if (!keep_alive) close(Errc::connection_closed);
}

void Connection::close(Errc reason) noexcept {
    boost::system::error_code ignored;
    socket_.close(ignored);
    pending_.fail_all(reason);
    more_to_send_.cancel();
    closed_.cancel();
}

void Connection::close_after(std::exception_ptr bug) noexcept {
    if (bug) close(Errc::internal);
}

void Connection::trace(bool sent, std::string_view bytes) const {
    if (options_.trace && !bytes.empty()) options_.trace(sent, bytes);
}

}  // namespace roster::client
