#include "server/net/timed_stream.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace roster::server {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

bool would_block(const error_code& ec) noexcept {
    return ec == asio::error::would_block || ec == asio::error::try_again;
}

}  // namespace

TimedStream::TimedStream(Socket socket)
    : socket_(std::move(socket)), timer_(socket_.get_executor()) {
    error_code ignored;
    socket_.non_blocking(true, ignored);
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
}

asio::awaitable<TimedStream::Read> TimedStream::read_some(std::span<char> buffer,
                                                          Deadline deadline) {
    Read read;
    for (bool waited = false;; waited = true) {
        error_code ec;
        read.bytes = socket_.read_some(asio::buffer(buffer.data(), buffer.size()), ec);
        if (!ec) {
            read.outcome = IoOutcome::done;
            // A peer that sends without pause must not keep the thread from other connections.
            if (!waited) co_await asio::post(socket_.get_executor(), asio::use_awaitable);
            co_return read;
        }
        if (ec == asio::error::eof) {
            read.outcome = IoOutcome::end_of_stream;
            co_return read;
        }
        if (!would_block(ec)) co_return read;
        read.outcome = co_await wait(WaitType::wait_read, deadline);
        if (read.outcome != IoOutcome::done) co_return read;
        read.outcome = IoOutcome::failed;
    }
}

asio::awaitable<IoOutcome> TimedStream::write(std::string_view bytes,
                                              std::chrono::milliseconds progress) {
    while (!bytes.empty()) {
        error_code ec;
        const std::size_t written = socket_.write_some(asio::buffer(bytes), ec);
        bytes.remove_prefix(written);
        if (!ec) continue;
        if (!would_block(ec)) co_return IoOutcome::failed;
        const Deadline deadline = std::chrono::steady_clock::now() + progress;
        const IoOutcome outcome = co_await wait(WaitType::wait_write, deadline);
        const bool go_on = outcome == IoOutcome::done || outcome == IoOutcome::interrupted;
        if (!go_on) co_return outcome;
    }
    co_return IoOutcome::done;
}

// Waits for readiness instead of for the transfer, so that a cancelled wait loses no bytes.
asio::awaitable<IoOutcome> TimedStream::wait(WaitType type, Deadline deadline) {
    timer_.expires_at(deadline);
    auto race = asio::experimental::make_parallel_group(socket_.async_wait(type, asio::deferred),
                                                        timer_.async_wait(asio::deferred));
    const asio::experimental::wait_for_one first{};
    const auto ended = co_await race.async_wait(first, asio::use_awaitable);
    const error_code& socket_error = std::get<1>(ended);
    const error_code& timer_error = std::get<2>(ended);
    if (!socket_error) co_return IoOutcome::done;
    if (socket_error != asio::error::operation_aborted) co_return IoOutcome::failed;
    co_return timer_error ? IoOutcome::interrupted : IoOutcome::timed_out;
}

void TimedStream::interrupt() {
    timer_.cancel();
}

void TimedStream::shutdown_send() {
    error_code ignored;
    socket_.shutdown(asio::socket_base::shutdown_send, ignored);
}

void TimedStream::close() {
    error_code ignored;
    socket_.close(ignored);
    timer_.cancel();
}

void TimedStream::reset() {
    error_code ignored;
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    close();
}

}  // namespace roster::server
