#include "client/pending_requests.hpp"

#include <algorithm>
#include <utility>

namespace roster::client {
namespace {

void fail(std::deque<PendingRequests::Shared>& queue, Errc error) {
    for (const auto& request : queue)
        request->settle(error);
    queue.clear();
}

}  // namespace

PendingRequest::PendingRequest(const boost::asio::any_io_executor& executor, Secret bytes,
                               bool is_head, std::chrono::milliseconds timeout)
    : bytes_(std::move(bytes)), is_head_(is_head), timer_(executor, timeout) {}

void PendingRequest::settle(result<Response> outcome) {
    if (outcome_) return;
    outcome_ = std::move(outcome);
    timer_.cancel();
}

std::vector<PendingRequests::Shared> PendingRequests::take_unsent() {
    std::vector<Shared> taken(unsent_.begin(), unsent_.end());
    sent_.insert(sent_.end(), taken.begin(), taken.end());
    unsent_.clear();
    return taken;
}

void PendingRequests::settle_oldest(Response response) {
    const Shared oldest = std::move(sent_.front());
    sent_.pop_front();
    oldest->settle(std::move(response));
}

void PendingRequests::abandon(const Shared& request) {
    unsent_.erase(std::remove(unsent_.begin(), unsent_.end(), request), unsent_.end());
    request->settle(Errc::cancelled);
}

void PendingRequests::fail_unsent(Errc error) {
    fail(unsent_, error);
}

void PendingRequests::fail_all(Errc error) {
    fail(sent_, error);
    fail(unsent_, error);
}

}  // namespace roster::client
