#include "client/pending_requests.hpp"

#include <algorithm>
#include <utility>

namespace roster::client {
namespace {

void fail(std::deque<PendingRequests::Shared>& queue, Errc error) {
    for (const auto& exchange : queue)
        exchange->settle(error);
    queue.clear();
}

}  // namespace

void PendingRequests::add(Shared exchange) {
    unsent_.push_back(std::move(exchange));
}

std::vector<PendingRequests::Shared> PendingRequests::take_unsent() {
    std::vector<Shared> taken(unsent_.begin(), unsent_.end());
    awaiting_answer_.insert(awaiting_answer_.end(), unsent_.begin(), unsent_.end());
    unsent_.clear();
    return taken;
}

void PendingRequests::settle_oldest(Response answer) {
    const Shared oldest = std::move(awaiting_answer_.front());
    awaiting_answer_.pop_front();
    oldest->settle(std::move(answer));
}

void PendingRequests::abandon(const Shared& exchange) {
    unsent_.erase(std::remove(unsent_.begin(), unsent_.end(), exchange), unsent_.end());
    exchange->settle(Errc::cancelled);
}

void PendingRequests::fail_unsent(Errc error) {
    fail(unsent_, error);
}

void PendingRequests::fail_all(Errc error) {
    fail(awaiting_answer_, error);
    fail(unsent_, error);
}

}  // namespace roster::client
