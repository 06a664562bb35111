#pragma once

// One request under way, and what its caller waits for.
// Knows no socket and no order among requests.

#include <roster/client.hpp>
#include <roster/error.hpp>
#include <roster/secret.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <optional>

namespace roster::client {

class Exchange {
  public:
    /// The time runs from here on.
    Exchange(const boost::asio::any_io_executor& executor, Secret request, bool is_head,
             std::chrono::milliseconds timeout);

    /// Ends the wait of the caller. What comes after the first time has no effect.
    void settle(result<Response> outcome);
    bool is_settled() const noexcept { return outcome_.has_value(); }

    /// Requires: `is_settled()`, and once only.
    result<Response> take_outcome();

    /// Its end is the time-out; it is cancelled where the exchange is settled.
    boost::asio::steady_timer& timer() noexcept { return timer_; }

    bool is_head() const noexcept { return is_head_; }
    const Secret& request() const noexcept { return request_; }
    /// The request is sent; its password need not stay in memory while the answer is waited for.
    void forget_request() { request_ = Secret(); }

  private:
    Secret request_;
    bool is_head_;
    boost::asio::steady_timer timer_;
    std::optional<result<Response>> outcome_;
};

}  // namespace roster::client
