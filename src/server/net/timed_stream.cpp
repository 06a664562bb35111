#include "server/net/timed_stream.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <openssl/ssl.h>
#include <openssl/sslerr.h>

#include <utility>

namespace roster::server {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

bool would_block(const error_code& ec) noexcept {
    return ec == asio::error::would_block || ec == asio::error::try_again;
}

}  // namespace

class TimedStream::Tls {
  public:
    Tls(Socket& socket, std::shared_ptr<asio::ssl::context> its_certificate)
        : certificate(std::move(its_certificate)), stream(socket, *certificate) {}

    // Before the stream, which uses it.
    const std::shared_ptr<asio::ssl::context> certificate;
    asio::ssl::stream<Socket&> stream;
};

TimedStream::TimedStream(Socket socket) : socket_(std::move(socket)), alarm_(socket_) {
    error_code ignored;
    socket_.non_blocking(true, ignored);
}

TimedStream::~TimedStream() = default;

void TimedStream::begin_interruptible(Deadline deadline) {
    is_interrupted_ = false;
    is_reading_ = true;
    alarm_.begin(deadline);
}

void TimedStream::end_interruptible() {
    alarm_.end();
    is_reading_ = false;
}

asio::awaitable<IoOutcome> TimedStream::start_tls(std::shared_ptr<asio::ssl::context> certificate,
                                                  Deadline deadline) {
    error_code ec;
    tls_ = std::make_unique<Tls>(socket_, std::move(certificate));
    begin_interruptible(deadline);
    co_await tls_->stream.async_handshake(asio::ssl::stream_base::server,
                                          asio::redirect_error(asio::use_awaitable, ec));
    end_interruptible();
    if (!ec) co_return IoOutcome::done;
    tls_.reset();
    const bool is_http =
        ec.category() == asio::error::get_ssl_category() &&
        ERR_GET_REASON(static_cast<unsigned long>(ec.value())) == SSL_R_HTTP_REQUEST;
    co_return is_http ? IoOutcome::not_tls : outcome_of(ec);
}

// A read that is cancelled has taken no bytes, or ends as if it were not.
asio::awaitable<TimedStream::Read> TimedStream::read_some(std::span<char> buffer,
                                                          Deadline deadline) {
    if (!tls_) {
        const auto got = co_await begin_read(buffer, deadline);
        co_return end_read(got);
    }
    const auto into = asio::buffer(buffer.data(), buffer.size());
    begin_interruptible(deadline);
    const auto got = co_await tls_->stream.async_read_some(into, asio::as_tuple(asio::deferred));
    co_return end_read(got);
}

TimedStream::Read TimedStream::end_read(const std::tuple<error_code, std::size_t>& got) {
    end_interruptible();
    return {outcome_of(std::get<0>(got)), std::get<1>(got)};
}

std::size_t TimedStream::read_now(std::span<char> buffer) {
    if (tls_) return 0;
    // An end or an error is there the next time, too.
    error_code ignored;
    return socket_.read_some(asio::buffer(buffer.data(), buffer.size()), ignored);
}

std::size_t TimedStream::write_now(std::string_view bytes) {
    if (tls_) return 0;
    error_code ignored;
    return socket_.write_some(asio::buffer(bytes), ignored);
}

// A synchronous write to a TLS stream that meets a full socket loses what it took.
asio::awaitable<IoOutcome> TimedStream::write_tls(std::string_view bytes,
                                                  std::chrono::milliseconds progress) {
    while (!bytes.empty()) {
        alarm_.begin(std::chrono::steady_clock::now() + progress);
        const auto put = co_await tls_->stream.async_write_some(asio::buffer(bytes),
                                                                asio::as_tuple(asio::deferred));
        alarm_.end();
        if (std::get<0>(put)) co_return outcome_of(std::get<0>(put));
        bytes.remove_prefix(std::get<1>(put));
    }
    co_return IoOutcome::done;
}

asio::awaitable<IoOutcome> TimedStream::write(std::string_view bytes,
                                              std::chrono::milliseconds progress) {
    if (tls_) {
        const IoOutcome outcome = co_await write_tls(bytes, progress);
        co_return outcome;
    }
    while (!bytes.empty()) {
        error_code ec;
        const std::size_t written = socket_.write_some(asio::buffer(bytes), ec);
        bytes.remove_prefix(written);
        if (!ec) continue;
        if (!would_block(ec)) co_return IoOutcome::failed;
        alarm_.begin(std::chrono::steady_clock::now() + progress);
        co_await socket_.async_wait(Socket::wait_write,
                                    asio::redirect_error(asio::use_awaitable, ec));
        alarm_.end();
        if (ec) co_return outcome_of(ec);
    }
    co_return IoOutcome::done;
}

IoOutcome TimedStream::outcome_of(const error_code& ec) const {
    if (!ec) return IoOutcome::done;
    // A peer that closes without the end that TLS has (RFC 8446 §6.1) may have been cut off by
    // somebody else; HTTP, which knows the length of all that it reads, notices that by itself.
    if (ec == asio::error::eof || ec == asio::ssl::error::stream_truncated)
        return IoOutcome::end_of_stream;
    if (ec != asio::error::operation_aborted) return IoOutcome::failed;
    if (alarm_.went_off()) return IoOutcome::timed_out;
    return is_interrupted_ ? IoOutcome::interrupted : IoOutcome::failed;
}

void TimedStream::interrupt() {
    if (!is_reading_) return;
    is_interrupted_ = true;
    error_code ignored;
    socket_.cancel(ignored);
}

asio::awaitable<void> TimedStream::end_tls(Deadline deadline) {
    error_code ignored;
    begin_interruptible(deadline);
    co_await tls_->stream.async_shutdown(asio::redirect_error(asio::use_awaitable, ignored));
    end_interruptible();
    tls_.reset();
}

asio::awaitable<void> TimedStream::shutdown_send(Deadline deadline) {
    if (tls_) co_await end_tls(deadline);
    error_code ignored;
    socket_.shutdown(asio::socket_base::shutdown_send, ignored);
}

void TimedStream::close() {
    error_code ignored;
    socket_.close(ignored);
    alarm_.cancel();
}

void TimedStream::reset() {
    error_code ignored;
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    close();
}

}  // namespace roster::server
