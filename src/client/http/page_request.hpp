#pragma once

// One GET as a browser's navigation sends it, without cookies and without following anything.

#include <roster/api_types.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <string>
#include <utility>

namespace roster::client {

struct PageAnswer {
    PageAnswer() = default;
    PageAnswer(unsigned its_status, std::string its_location, std::string its_body = {})
        : status(its_status), location(std::move(its_location)), body(std::move(its_body)) {}

    unsigned status = 0;
    /// Empty if there is no such header.
    std::string location;
    std::string body;
};

/// `host`: as a browser sends it, which is with the port only if it is not the scheme's own.
/// Errors: `timed_out`, `connection_closed`, `malformed_answer`, `certificate_not_trusted`, the
/// system's.
boost::asio::awaitable<ApiResult<PageAnswer>> get_page(ApiEndpoint server, std::string host,
                                                       std::string target,
                                                       std::chrono::milliseconds timeout);

}  // namespace roster::client
