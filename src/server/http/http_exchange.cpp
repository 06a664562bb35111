#include "server/http/http_exchange.hpp"

#include <boost/container/static_vector.hpp>

#include <utility>

namespace roster::server {
namespace {

// As many as a thread has work for at once, most of the time.
using SpareExchanges = boost::container::static_vector<std::unique_ptr<HttpExchange>, 16>;

SpareExchanges& spare_exchanges() noexcept {
    thread_local SpareExchanges spare;
    return spare;
}

}  // namespace

std::unique_ptr<HttpExchange> HttpExchange::begin(const protocol::RequestLimits& limits) {
    std::unique_ptr<HttpExchange> exchange;
    SpareExchanges& spare = spare_exchanges();
    if (spare.empty()) {
        exchange = std::make_unique<HttpExchange>();
    } else {
        exchange = std::move(spare.back());
        spare.pop_back();
    }
    exchange->decoder.use(limits);
    return exchange;
}

void HttpExchange::end(std::unique_ptr<HttpExchange> exchange) noexcept {
    SpareExchanges& spare = spare_exchanges();
    if (spare.size() < spare.capacity()) spare.push_back(std::move(exchange));
}

}  // namespace roster::server
