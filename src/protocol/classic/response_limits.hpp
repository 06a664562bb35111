#pragma once

// An answer of the classic protocol as its client sees it: whatever a server may send.
// Knows no bytes (see the decoder beside it), no socket and no meaning of a status.

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace roster::protocol::classic {

/// Units: bytes, and headers.
struct AnswerLimits {
    std::size_t head_bytes = 16 * 1024;
    std::size_t headers = 100;
    std::size_t body_bytes = 256 * 1024 * 1024;
};

struct Answer {
    unsigned status = 0;
    std::string reason;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    /// False where the connection ends behind this answer.
    bool keep_alive = true;
};

}  // namespace roster::protocol::classic
