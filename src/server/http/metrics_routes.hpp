#pragma once

// The metrics, for administrators and on a listener of their own.

#include "server/http/api.hpp"

#include <string_view>
#include <vector>

namespace roster::server {

/// The patterns of all paths, once each.
std::vector<std::string_view> route_patterns();

/// Answers GET /metrics, to anybody who may connect. Threads: any.
class MetricsHandler final : public RequestHandler {
  public:
    explicit MetricsHandler(const ApiContext& context) : context_(context) {}

    boost::asio::awaitable<void> answer(const Request& request, const PeerAddress& peer,
                                        Response& response) override;

  private:
    const ApiContext context_;
};

}  // namespace roster::server
