#pragma once

// One GET as a browser's navigation sends it, without cookies and without following anything.
// Knows no TLS.

#include <roster/error.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <string>

namespace roster::client {

struct PageAnswer {
    PageAnswer() = default;

    unsigned status = 0;
    /// Empty if there is no such header.
    std::string location;
    std::string body;
};

/// `origin`: "http://HOST" or with a port. Errors: `timed_out`, `connection_closed`,
/// `malformed_answer`, the system's.
boost::asio::awaitable<result<PageAnswer>> get_page(std::string origin, std::string target,
                                                    std::chrono::milliseconds timeout);

}  // namespace roster::client
