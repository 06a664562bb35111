#pragma once

// The limits of a request, for every protocol.

#include <cstddef>

namespace roster::protocol {

/// Units: bytes, and a number of headers.
struct RequestLimits {
    std::size_t request_line_bytes = 8 * 1024;
    std::size_t head_bytes = 16 * 1024;
    std::size_t headers = 100;
    std::size_t body_bytes = 64 * 1024;
};

}  // namespace roster::protocol
