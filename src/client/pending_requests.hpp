#pragma once

// Whose turn it is: answers come in the order of the requests.
// Knows no socket and no bytes.

#include "client/exchange.hpp"

#include <deque>
#include <memory>
#include <vector>

namespace roster::client {

/// Every request that has no answer yet.
class PendingRequests {
  public:
    using Shared = std::shared_ptr<Exchange>;

    void add(Shared exchange);

    /// What is to be sent next, in order; from now on an answer to each is awaited.
    std::vector<Shared> take_unsent();

    /// The answer to the oldest request that was taken.
    /// Requires: there is one.
    void settle_oldest(Response answer);

    /// Nobody waits for it any longer. A request that was taken keeps its place, so that its
    /// answer is not mistaken for another's.
    void abandon(const Shared& exchange);

    void fail_unsent(Errc error);
    void fail_all(Errc error);

  private:
    std::deque<Shared> unsent_;
    std::deque<Shared> awaiting_answer_;
};

}  // namespace roster::client
