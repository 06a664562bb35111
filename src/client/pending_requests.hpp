#pragma once

// The requests of a connection that have no response yet, in order.
// Knows no socket, and of the protocol only that responses come in the order of the requests.

#include <roster/error.hpp>
#include <roster/response.hpp>
#include <roster/secret.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace roster::client {

/// A request in progress, and what its caller waits for.
class PendingRequest {
  public:
    /// The timeout starts now.
    PendingRequest(const boost::asio::any_io_executor& executor, Secret bytes, bool is_head,
                   std::chrono::milliseconds timeout);

    /// Ends the wait of the caller. Only the first call has an effect.
    void settle(result<Response> outcome);
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

class PendingRequests {
  public:
    using Shared = std::shared_ptr<PendingRequest>;

    void add(Shared request) { unsent_.push_back(std::move(request)); }

    /// What is to be sent next, in order. From now on a response to each is expected.
    std::vector<Shared> take_unsent();

    /// The response to the oldest request that was sent.
    /// Requires: there is one.
    void settle_oldest(Response response);

    /// No caller waits for it any longer. A request that was sent keeps its position, so that its
    /// response is not mistaken for that of another.
    void abandon(const Shared& request);

    void fail_unsent(Errc error);
    void fail_all(Errc error);

  private:
    std::deque<Shared> unsent_;
    std::deque<Shared> sent_;
};

}  // namespace roster::client
