#include "server/net/timed_stream.hpp"

#include "server/net/tls_session.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <tuple>
#include <utility>

namespace roster::server {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

using Step = TlsSession::Step;

bool must_wait(Step step) noexcept {
    return step == Step::wait_read || step == Step::wait_write;
}

Socket::Event awaited_by(Step step) noexcept {
    return step == Step::wait_write ? Socket::Event::writable : Socket::Event::readable;
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

TimedStream::TimedStream(asio::io_context& context, Descriptor socket)
    : socket_(context, std::move(socket)), alarm_(socket_) {}

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
        std::tie(ec) = co_await socket_.wait(awaited_by(step));
        if (!ec) step = tls_->handshake();
        if (!ec && must_wait(step)) ec = end_of_wait();
        if (ec) step = Step::failed;
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
    const Waited waited = co_await begin_read(deadline);
    co_return end_read(waited, buffer);
}

asio::awaitable<TimedStream::Read> TimedStream::read_tls(std::span<char> buffer,
                                                         Deadline deadline) {
    error_code ec;
    TlsSession::Result got{Step::wait_read, 0};
    begin_interruptible(deadline);
    if (tls_->has_unread()) {
        co_await asio::post(context(), asio::use_awaitable);
        got = tls_->read(buffer);
        ec = end_of_wait();
    }
    while (must_wait(got.step) && !ec) {
        std::tie(ec) = co_await socket_.wait(awaited_by(got.step));
        if (!ec) got = tls_->read(buffer);
        if (!ec && must_wait(got.step)) ec = end_of_wait();
    }
    end_interruptible();
    const IoOutcome outcome = must_wait(got.step) ? outcome_of(ec) : io_outcome(got.step);
    co_return Read{outcome, got.bytes};
}

TimedStream::Read TimedStream::end_read(const Waited& waited, std::span<char> buffer) {
    end_interruptible();
    auto [ec] = waited;
    std::size_t bytes = 0;
    if (!ec) bytes = socket_.read_some(buffer, ec);
    if (ec == asio::error::would_block) ec.clear();
    return {outcome_of(ec), bytes};
}

// An end or an error is there the next time, too.
std::size_t TimedStream::read_now(std::span<char> buffer) {
    if (tls_) return tls_->read(buffer).bytes;
    error_code ignored;
    return socket_.read_some(buffer, ignored);
}

std::size_t TimedStream::write_now(std::string_view bytes) {
    return try_write(bytes).bytes;
}

TlsSession::Result TimedStream::try_write(std::string_view bytes) {
    if (tls_) return tls_->write(bytes);
    error_code ec;
    const std::size_t written = socket_.write_some(bytes, ec);
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
        std::tie(ec) = co_await socket_.wait(awaited_by(put.step));
        alarm_.end();
        if (ec) co_return outcome_of(ec);
    }
    co_return IoOutcome::done;
}

// The deadline may have passed, or `interrupt` have been called, when a wait had ended already.
error_code TimedStream::end_of_wait() const {
    if (is_interrupted_ || alarm_.went_off()) return asio::error::operation_aborted;
    return {};
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
    socket_.cancel();
}

void TimedStream::end_tls() {
    if (tls_) tls_->end();
    tls_.reset();
}

void TimedStream::shutdown_send() {
    end_tls();
    socket_.shutdown_send();
}

void TimedStream::close() {
    socket_.close();
    alarm_.cancel();
}

void TimedStream::reset() {
    socket_.reset();
    alarm_.cancel();
}

}  // namespace roster::server
