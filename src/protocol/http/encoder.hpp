#pragma once

// Responses -> bytes. Knows no clock: it is told the time.

#include "protocol/http/response.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace roster::protocol::http {

/// What a response needs to know of its request.
struct ResponseContext {
    /// Sent without its body.
    bool head = false;
    bool keep_alive = true;
    /// Knows no chunks.
    bool http_1_0 = false;
    /// As of `Request`.
    std::string_view request_id;
    /// As it was sent, for the `instance` of a problem.
    std::string_view path;
};

/// Threads: one at a time.
class Encoder {
  public:
    /// Appends the whole response to `out`, but for the rest of its body; a problem becomes the
    /// response's body. Returns the size of the body that was sent.
    std::size_t encode(Response& response, const ResponseContext& context,
                       std::chrono::sys_seconds now, std::string& out);

  private:
    /// The line of this second, with the one that follows it in every response.
    std::string date_;
    /// What most responses of this second begin with, up to the length of their body.
    std::string usual_;
    std::chrono::sys_seconds date_time_{};
};

/// Appends a part of the rest of a body. Requires: it is not empty, which would be the end.
void append_chunk(std::string_view part, std::string& out);

inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

inline constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace roster::protocol::http
