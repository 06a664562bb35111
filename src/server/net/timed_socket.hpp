#pragma once

// A connected socket whose every wait has a deadline, and that can be called out of a wait.
// Knows no protocol.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstddef>
#include <span>
#include <string_view>

namespace roster::server {

/// How a read or write ended.
enum class IoOutcome {
    done,
    /// The deadline passed; what has not arrived yet is not lost.
    timed_out,
    /// `interrupt()` was called; nothing is lost either.
    interrupted,
    /// The peer has closed its sending side.
    end_of_stream,
    /// The connection is broken.
    failed,
};

/// Threads: one at a time, that of the socket's executor.
/// Lifetime: outlives every awaitable it has given out.
class TimedSocket {
  public:
    using Deadline = std::chrono::steady_clock::time_point;

    struct Read {
        IoOutcome outcome = IoOutcome::failed;
        std::size_t bytes = 0;
    };

    explicit TimedSocket(boost::asio::ip::tcp::socket socket);

    /// Reads what is there, or waits for the first of it.
    boost::asio::awaitable<Read> read_some(std::span<char> buffer, Deadline deadline);

    /// Writes all of it; `progress` is how long the peer may let nothing through.
    /// Gives `done`, `timed_out` or `failed`.
    boost::asio::awaitable<IoOutcome> write(std::string_view bytes,
                                            std::chrono::milliseconds progress);

    /// Ends a read's wait that is under way with `interrupted`; a write goes on. A wait that begins
    /// later is not affected.
    void interrupt();

    /// The peer will see the end of the stream behind what was written.
    void shutdown_send();

    void close();

    /// Throws away what was not sent yet, and tells the peer so (RST).
    void reset();

    boost::asio::any_io_executor get_executor() { return socket_.get_executor(); }

  private:
    using WaitType = boost::asio::ip::tcp::socket::wait_type;

    boost::asio::awaitable<IoOutcome> wait(WaitType type, Deadline deadline);

    boost::asio::ip::tcp::socket socket_;
    boost::asio::steady_timer timer_;
};

}  // namespace roster::server
