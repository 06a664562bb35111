#pragma once

// The stream of one connection: every wait has a deadline, and the wait of a read can be
// interrupted. A connection uses nothing else of its socket, so that what carries the bytes (TCP, a
// Unix socket, TLS) is decided here. Knows no protocol.

#include "server/net/deadlines.hpp"
#include "server/net/socket.hpp"
#include "server/net/tls_session.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <tuple>

namespace roster::server {

/// How a read or write ended.
enum class IoOutcome {
    done,
    /// The deadline passed; no bytes are lost.
    timed_out,
    /// `interrupt()` was called; no bytes are lost.
    interrupted,
    /// The peer has closed its sending side.
    end_of_stream,
    /// The connection is broken.
    failed,
    /// The peer does not speak TLS, but HTTP.
    not_tls,
};

/// Threads: that of the context.
/// Lifetime: outlives every awaitable that it has returned.
class TimedStream {
  public:
    using Deadline = std::chrono::steady_clock::time_point;

    /// How the wait of a socket ended.
    using Waited = std::tuple<boost::system::error_code>;

    struct Read {
        IoOutcome outcome = IoOutcome::failed;
        std::size_t bytes = 0;
    };

    /// Throws: as of `Socket`.
    TimedStream(boost::asio::io_context& context, Descriptor socket);
    TimedStream(const TimedStream&) = delete;
    TimedStream& operator=(const TimedStream&) = delete;

    /// Agrees with the peer on TLS; from then on all bytes are carried by it. After any other
    /// outcome than `done` they are not.
    boost::asio::awaitable<IoOutcome> start_tls(
        std::shared_ptr<boost::asio::ssl::context> certificate, Deadline deadline);

    /// Waits for bytes, and reads them. Other work of the context gets a turn in any case. No bytes
    /// may have been read although it is `done`.
    boost::asio::awaitable<Read> read_some(std::span<char> buffer, Deadline deadline);

    /// The same without TLS, and without a coroutine, whose frame an idle connection would hold:
    /// await this, and give what it returns to `end_read`.
    auto begin_read(Deadline deadline) {
        begin_interruptible(deadline);
        return socket_.wait(Socket::Event::readable);
    }
    Read end_read(const Waited& waited, std::span<char> buffer);

    /// Reads bytes that are there already; 0 if nothing is there.
    std::size_t read_now(std::span<char> buffer);

    /// Writes what can be written without waiting, and returns how much. An error is left to
    /// `write`, which must begin with the rest.
    std::size_t write_now(std::string_view bytes);

    /// Writes all bytes; fails if the peer takes none of them for as long as `progress`.
    /// Returns `done`, `timed_out` or `failed`.
    boost::asio::awaitable<IoOutcome> write(std::string_view bytes,
                                            std::chrono::milliseconds progress);

    /// Ends the wait of a read in progress with `interrupted`; a write goes on. A wait that begins
    /// later is not affected.
    void interrupt();

    bool has_tls() const noexcept { return tls_ != nullptr; }
    /// Tells the peer that TLS ends, if it was used; what is read later is not decrypted.
    void end_tls();

    /// The peer sees the end of the stream after what was written.
    void shutdown_send();

    void close();

    /// Drops what was not sent yet, and tells the peer so (RST).
    void reset();

    boost::asio::io_context& context() const noexcept { return socket_.context(); }

  private:
    void begin_interruptible(Deadline deadline);
    void end_interruptible();
    boost::asio::awaitable<Read> read_tls(std::span<char> buffer, Deadline deadline);
    TlsSession::Result try_write(std::string_view bytes);
    boost::system::error_code end_of_wait() const;
    IoOutcome outcome_of(const boost::system::error_code& ec) const;

    Socket socket_;
    Alarm alarm_;
    std::unique_ptr<TlsSession> tls_;
    bool is_reading_ = false;
    bool is_interrupted_ = false;
};

}  // namespace roster::server
