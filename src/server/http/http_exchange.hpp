#pragma once

// What a connection needs from the first byte of a request to the end of its response. The
// connections of a thread take it in turns: one that waits for its next request has none, which is
// half its memory. Knows no connection.

#include "protocol/http/request_decoder.hpp"
#include "protocol/http/response.hpp"

#include <memory>

namespace roster::server {

struct HttpExchange {
    protocol::http::RequestDecoder decoder{{}, true};
    protocol::http::Response response;

    /// One that another connection of this thread has ended, or a new one: its decoder is fresh,
    /// and its response clear.
    static std::unique_ptr<HttpExchange> begin(const protocol::RequestLimits& limits);
    /// Requires: the decoder is fresh, and the response clear.
    static void end(std::unique_ptr<HttpExchange> exchange) noexcept;
};

}  // namespace roster::server
