#pragma once

// One kept connection to an HTTP server: requests to bytes and back. The only place that knows
// Beast. Knows no call of the API.

#include <roster/api_client.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
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

    /// Lifetime: the request, the token and the stream outlive the awaitable.
    /// Errors: `timed_out`, `cancelled`, `connection_closed`, `malformed_answer`.
    virtual boost::asio::awaitable<ApiResult<Answer>> exchange(const ApiRequest& request,
                                                               const Secret& token,
                                                               Deadline deadline) = 0;
};

/// `host`: for the header. Errors: `timed_out`, `cancelled`, or the system's.
boost::asio::awaitable<ApiResult<std::unique_ptr<HttpStream>>> connect_http(
    ApiEndpoint endpoint, std::size_t max_answer_bytes, HttpStream::Deadline deadline);

}  // namespace roster::client
