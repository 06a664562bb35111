#pragma once

// A connection with requests under way: one coroutine sends, another receives.
// Knows the bytes of the protocol, not the meaning of a request or a status.

#include <roster/client.hpp>
#include <roster/error.hpp>

#include "client/exchange.hpp"
#include "client/pending_requests.hpp"
#include "protocol/classic/response_decoder.hpp"
#include "protocol/classic/response_limits.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <exception>
#include <memory>
#include <string>
#include <vector>

namespace roster::client {

/// Threads: all calls from the socket's executor.
/// Lifetime: kept by its two coroutines until `close`.
class Connection : public std::enable_shared_from_this<Connection> {
  public:
    /// `host` as the Host header says it.
    Connection(boost::asio::ip::tcp::socket socket, std::string host, ClientOptions options);

    /// Starts sending and receiving. Requires: a shared pointer holds this.
    void start();

    static boost::asio::awaitable<result<Response>> fetch(std::shared_ptr<Connection> self,
                                                          Request request);

    static boost::asio::awaitable<result<void>> wait_closed(std::shared_ptr<Connection> self);

    bool is_open() const noexcept { return socket_.is_open() && sends_; }

    /// What is under way ends with `reason`.
    void close(Errc reason) noexcept;

  private:
    static boost::asio::awaitable<void> send_requests(std::shared_ptr<Connection> self);
    static boost::asio::awaitable<void> receive_answers(std::shared_ptr<Connection> self);

    std::vector<PendingRequests::Shared> take_unsent();
    void stop_sending();
    void settle_answers();
    void settle(protocol::classic::Answer answer);
    void close_after(std::exception_ptr bug) noexcept;
    void trace(bool sent, std::string_view bytes) const;

    boost::asio::ip::tcp::socket socket_;
    std::string host_;
    ClientOptions options_;
    protocol::classic::ResponseDecoder decoder_;
    PendingRequests pending_;
    boost::asio::steady_timer more_to_send_;  // never expires; cancelled where there is more
    boost::asio::steady_timer closed_;        // never expires; cancelled where it is so
    bool sends_ = true;
};

}  // namespace roster::client
