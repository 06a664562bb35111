#include "client/exchange.hpp"

#include <algorithm>
#include <utility>

namespace roster::client {
namespace {

// "No limit" as the largest duration would overflow the clock.
constexpr std::chrono::milliseconds kLongest = std::chrono::hours(24 * 365);

}  // namespace

Exchange::Exchange(const boost::asio::any_io_executor& executor, Secret request, bool is_head,
                   std::chrono::milliseconds timeout)
    : request_(std::move(request)),
      is_head_(is_head),
      timer_(executor, std::min(timeout, kLongest)) {}

void Exchange::settle(result<Response> outcome) {
    if (outcome_) return;
    outcome_ = std::move(outcome);
    timer_.cancel();
}

result<Response> Exchange::take_outcome() {
    return std::move(*outcome_);
}

}  // namespace roster::client
