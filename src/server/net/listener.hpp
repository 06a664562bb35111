#pragma once

// Accepts connections on one I/O thread. Knows no protocol: accepted sockets go to a function.

#include <roster/log.hpp>

#include "core/files/descriptor.hpp"
#include "server/net/connection_table.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <memory>

namespace roster::server {

/// Listens on an address that may be shared with more acceptors of this operating-system user.
/// Throws: `boost::system::system_error`.
boost::asio::ip::tcp::acceptor listen_on(boost::asio::io_context& context,
                                         const boost::asio::ip::tcp::endpoint& endpoint);

/// Throws `boost::system::system_error` if the address cannot be bound by one acceptor alone: two
/// servers of one operating-system user would otherwise share it unnoticed.
void require_free(const boost::asio::ip::tcp::endpoint& endpoint);

/// Threads: one, that of the acceptor's executor.
class Listener {
  public:
    struct Handlers {
        /// Takes a new connection.
        std::function<void(Descriptor, PeerAddress)> accepted;
        /// The process has no file descriptor or memory for another connection.
        std::function<void()> exhausted;
    };

    /// Of TCP or of a Unix socket: their acceptors convert to it.
    using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol>;

    Listener(Acceptor acceptor, Handlers handlers, std::shared_ptr<Log> log);

    /// Accepts until `close`. Lifetime: the listener outlives the awaitable.
    boost::asio::awaitable<void> run();

    void close();

  private:
    boost::system::error_code accept_waiting();
    void accepted(Descriptor socket, const PeerAddress& peer);
    boost::asio::awaitable<void> pause();
    void note_failure(const boost::system::error_code& ec);
    void note_success();

    Acceptor acceptor_;
    boost::asio::steady_timer timer_;
    Handlers handlers_;
    std::shared_ptr<Log> log_;
    bool is_failing_ = false;
    std::chrono::steady_clock::time_point failed_at_;
};

}  // namespace roster::server
