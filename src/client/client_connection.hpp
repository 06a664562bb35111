#pragma once

// A connection with requests in progress: one coroutine sends, another receives.
// Knows the bytes of the protocol, not the meaning of a request or a status.

#include <roster/client.hpp>
#include <roster/error.hpp>
#include <roster/response.hpp>
#include <roster/secret.hpp>

#include "protocol/classic/response_decoder.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <deque>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace roster::client {

/// A request in progress, and what its caller waits for.
class PendingRequest {
  public:
    /// The timeout starts now.
    PendingRequest(const boost::asio::any_io_executor& executor, Secret bytes, bool is_head,
                   std::chrono::milliseconds timeout)
        : bytes_(std::move(bytes)), is_head_(is_head), timer_(executor, timeout) {}

    /// Ends the wait of the caller. Only the first call has an effect.
    void settle(result<Response> outcome) {
        if (outcome_) return;
        outcome_ = std::move(outcome);
        timer_.cancel();
    }
    bool is_settled() const noexcept { return outcome_.has_value(); }

    /// Requires: `is_settled()`, and called once.
    result<Response> take_outcome() { return std::move(*outcome_); }

    /// Expires at the timeout; is cancelled when the request is settled.
    boost::asio::steady_timer& timer() noexcept { return timer_; }

    bool is_head() const noexcept { return is_head_; }
    const Secret& bytes() const noexcept { return bytes_; }
    /// After sending: the password need not stay in memory while the response is awaited.
    void drop_bytes() { bytes_ = Secret(); }

  private:
    Secret bytes_;
    bool is_head_;
    boost::asio::steady_timer timer_;
    std::optional<result<Response>> outcome_;
};

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
    using Pending = std::shared_ptr<PendingRequest>;

    static boost::asio::awaitable<void> send_requests(Shared self);
    static boost::asio::awaitable<void> receive_responses(Shared self);

    std::vector<Pending> take_unsent();
    void abandon(const Pending& request);
    void settle_responses();
    void fail(std::deque<Pending>& requests, Errc reason);
    void close_after(std::exception_ptr bug) noexcept;
    void trace(bool sent, std::string_view bytes) const;

    boost::asio::ip::tcp::socket socket_;
    std::string host_;
    ClientOptions options_;
    protocol::classic::ResponseDecoder decoder_;
    // In order; a request that was sent keeps its place until its response, even if nobody waits.
    std::deque<Pending> unsent_;
    std::deque<Pending> sent_;
    boost::asio::steady_timer more_to_send_;  // never expires; cancelled to wake the sender
    boost::asio::steady_timer closed_;        // never expires; cancelled when closed
    bool sends_ = true;
};

}  // namespace roster::client
