#pragma once

// The limits of a request and the phases of its arrival, for every protocol.

#include <cstddef>

namespace roster::protocol {

/// Units: bytes, and a number of headers.
struct RequestLimits {
    std::size_t request_line_bytes = 8 * 1024;
    std::size_t head_bytes = 16 * 1024;
    std::size_t headers = 100;
    std::size_t body_bytes = 64 * 1024;
};

/// Which deadline applies to what is still to come.
enum class RequestPhase { idle, head, body };

}  // namespace roster::protocol
