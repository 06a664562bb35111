#include "server/net/timed_stream.hpp"

#include "server/net/tls_session.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace roster::server {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

using Step = TlsSession::Step;

bool must_wait(Step step) noexcept {
    return step == Step::wait_read || step == Step::wait_write;
}

TimedStream::Socket::wait_type readiness_for(Step step) noexcept {
    return step == Step::wait_write ? TimedStream::Socket::wait_write
                                    : TimedStream::Socket::wait_read;
}

// Requires: it need not wait.
IoOutcome io_outcome(Step step) noexcept {
    switch (step) {
        case Step::done: return IoOutcome::done;
        case Step::end_of_stream: return IoOutcome::end_of_stream;
        case Step::not_tls: return IoOutcome::not_tls;
        default: return IoOutcome::failed;
    }
}

}  // namespace

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
    tls_ = std::make_unique<TlsSession>(socket_, std::move(certificate));
    begin_interruptible(deadline);
    Step step = tls_->handshake();
    while (must_wait(step)) {
        co_await socket_.async_wait(readiness_for(step),
                                    asio::redirect_error(asio::use_awaitable, ec));
        step = ec ? Step::failed : tls_->handshake();
    }
    end_interruptible();
    if (step != Step::done) tls_.reset();
    co_return ec ? outcome_of(ec) : io_outcome(step);
}

// A read that is cancelled has taken no bytes, or ends as if it were not.
asio::awaitable<TimedStream::Read> TimedStream::read_some(std::span<char> buffer,
                                                          Deadline deadline) {
    if (tls_) {
        const Read read = co_await read_tls(buffer, deadline);
        co_return read;
    }
    const auto got = co_await begin_read(buffer, deadline);
    co_return end_read(got);
}

asio::awaitable<TimedStream::Read> TimedStream::read_tls(std::span<char> buffer,
                                                         Deadline deadline) {
    error_code ec;
    TlsSession::Result got{Step::wait_read, 0};
    begin_interruptible(deadline);
    if (tls_->has_unread()) {
        co_await asio::post(socket_.get_executor(), asio::use_awaitable);
        got = tls_->read(buffer);
        if (is_interrupted_ || alarm_.went_off()) ec = asio::error::operation_aborted;
    }
    while (must_wait(got.step) && !ec) {
        co_await socket_.async_wait(readiness_for(got.step),
                                    asio::redirect_error(asio::use_awaitable, ec));
        if (!ec) got = tls_->read(buffer);
    }
    end_interruptible();
    const IoOutcome outcome = must_wait(got.step) ? outcome_of(ec) : io_outcome(got.step);
    co_return Read{outcome, got.bytes};
}

TimedStream::Read TimedStream::end_read(const std::tuple<error_code, std::size_t>& got) {
    end_interruptible();
    return {outcome_of(std::get<0>(got)), std::get<1>(got)};
}

// An end or an error is there the next time, too.
std::size_t TimedStream::read_now(std::span<char> buffer) {
    if (tls_) return tls_->read(buffer).bytes;
    error_code ignored;
    return socket_.read_some(asio::buffer(buffer.data(), buffer.size()), ignored);
}

std::size_t TimedStream::write_now(std::string_view bytes) {
    return try_write(bytes).bytes;
}

TlsSession::Result TimedStream::try_write(std::string_view bytes) {
    if (tls_) return tls_->write(bytes);
    error_code ec;
    const std::size_t written = socket_.write_some(asio::buffer(bytes), ec);
    if (!ec) return {Step::done, written};
    return {ec == asio::error::would_block ? Step::wait_write : Step::failed, written};
}

asio::awaitable<IoOutcome> TimedStream::write(std::string_view bytes,
                                              std::chrono::milliseconds progress) {
    while (!bytes.empty()) {
        error_code ec;
        const TlsSession::Result put = try_write(bytes);
        bytes.remove_prefix(put.bytes);
        if (put.step == Step::done) continue;
        if (!must_wait(put.step)) co_return IoOutcome::failed;
        alarm_.begin(std::chrono::steady_clock::now() + progress);
        co_await socket_.async_wait(readiness_for(put.step),
                                    asio::redirect_error(asio::use_awaitable, ec));
        alarm_.end();
        if (ec) co_return outcome_of(ec);
    }
    co_return IoOutcome::done;
}

IoOutcome TimedStream::outcome_of(const error_code& ec) const {
    if (!ec) return IoOutcome::done;
    if (ec == asio::error::eof) return IoOutcome::end_of_stream;
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

void TimedStream::end_tls() {
    if (tls_) tls_->end();
    tls_.reset();
}

void TimedStream::shutdown_send() {
    end_tls();
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
