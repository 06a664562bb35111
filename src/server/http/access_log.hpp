#pragma once

// The line that the access log has for a request. Knows no request and no connection.

#include "protocol/http/target.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace roster::server {

/// What a line says. Lifetime: of the views, the line's making.
struct AccessLogEntry {
    std::string address;
    /// Empty, as the path: of bytes that are no request.
    std::string_view method;
    std::string path;
    unsigned status = 0;
    std::size_t body_bytes = 0;
    std::chrono::microseconds took{};
    std::string_view request_id;
};

/// For a log, which must not hold the token of a link to set a password, escaped or not.
std::string path_without_tokens(const protocol::http::Target& target);

/// "http 192.0.2.1 GET /v1/status 200 52 bytes 14 us 5f1c0e6ab2d94a37"
std::string to_text(const AccessLogEntry& entry);

/// The same as a JSON object on one line, with the time.
std::string to_json(const AccessLogEntry& entry, std::chrono::system_clock::time_point now);

}  // namespace roster::server
