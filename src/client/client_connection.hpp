#pragma once

// A connection with requests in progress: one coroutine sends, another receives.
// Knows the bytes of the protocol, not the meaning of a request or a status.

#include <roster/client.hpp>
#include <roster/error.hpp>

#include "client/pending_requests.hpp"
#include "protocol/classic/response_decoder.hpp"

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
class ClientConnection final : public std::enable_shared_from_this<ClientConnection> {
  public:
    using Shared = std::shared_ptr<ClientConnection>;

    /// `host`: the value of the Host header.
    ClientConnection(boost::asio::ip::tcp::socket socket, std::string host, ClientOptions options);

    /// Starts sending and receiving. Requires: a shared pointer holds this.
    void start();

    // `self` may be null, for a client that was moved from: it counts as closed.
    static boost::asio::awaitable<result<Response>> fetch(Shared self, Request request);
    static boost::asio::awaitable<result<void>> wait_closed(Shared self);

    bool is_open() const noexcept { return socket_.is_open() && sends_; }

    /// Requests in progress end with `reason`.
    void close(Errc reason) noexcept;

  private:
    static boost::asio::awaitable<void> send_requests(Shared self);
    static boost::asio::awaitable<void> receive_responses(Shared self);

    std::vector<PendingRequests::Shared> take_unsent();
    void stop_sending();
    void settle_responses();
    void close_after(std::exception_ptr bug) noexcept;
    void trace(bool sent, std::string_view bytes) const;

    boost::asio::ip::tcp::socket socket_;
    std::string host_;
    ClientOptions options_;
    protocol::classic::ResponseDecoder decoder_;
    PendingRequests pending_;
    boost::asio::steady_timer more_to_send_;  // never expires; cancelled to wake the sender
    boost::asio::steady_timer closed_;        // never expires; cancelled when closed
    bool sends_ = true;
};

}  // namespace roster::client
