#pragma once

// One kept connection to an HTTP server: requests to bytes and back. The only place that knows
// Beast. Knows no call of the API.

#include <roster/api_client.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <memory>
#include <string>

namespace roster::client {

/// Threads: one at a time.
class HttpStream {
  public:
    using Deadline = std::chrono::steady_clock::time_point;

    struct Answer {
        Answer() = default;

        ApiResponse response;
        std::string request_id;
        bool keep_alive = false;
    };

    virtual ~HttpStream() = default;

    /// The deadline is that of a request without source and sink; others wait for each part.
    /// Lifetime: the request, the token and the stream outlive the awaitable.
    /// Errors: `timed_out`, `cancelled`, `connection_closed`, `malformed_answer`, those of the
    /// source and of the sink; the status is not 0 if an answer had begun.
    virtual boost::asio::awaitable<ApiResult<Answer>> exchange(const ApiRequest& request,
                                                               const Secret& token,
                                                               Deadline deadline) = 0;
};

/// Errors: `timed_out`, `cancelled`, or the system's.
boost::asio::awaitable<ApiResult<std::unique_ptr<HttpStream>>> connect_http(
    ApiEndpoint endpoint, ApiClientOptions options, HttpStream::Deadline deadline);

}  // namespace roster::client
