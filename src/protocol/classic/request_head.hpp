#pragma once

// The lines of a request's head, one at a time, and where a request might begin.
// Does not know where lines end.

#include "protocol/classic/messages.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace roster::protocol::classic {

/// What the lines so far have said.
struct RequestHead {
    Method method = Method::other;
    bool http_1_0 = false;
    bool close = false;
    /// With a `Host` the request is framed as HTTP says; the documented client sends none.
    bool has_host = false;
    bool expects_continue = false;
    std::size_t headers = 0;
    std::optional<std::uint64_t> content_length;
    /// The response to the request. Its end is known all the same, and others may follow.
    std::optional<ProtocolError> error;
};

/// Return an error if nothing can follow because the end of the request is not known for certain.
std::optional<ProtocolError> read_request_line(std::string_view line, RequestHead& head);
std::optional<ProtocolError> read_header_line(std::string_view line, RequestHead& head);

/// What some bytes are, at a place where a request might begin.
enum class RequestStart { nothing, incomplete, request, other };

/// Looks for a method and its space, after any line ends: no valid request has them in its middle.
/// `incomplete`: more bytes could still make it one.
RequestStart request_start(std::string_view bytes) noexcept;

/// `Content-Length:0` without a line end, with which the documented client's GET and HEAD end.
struct BareEnd {
    std::size_t line_bytes = 0;
    /// What follows immediately. Never `other`.
    RequestStart next = RequestStart::nothing;
    /// The bytes that were needed to decide.
    std::size_t seen_bytes = 0;
};
std::optional<BareEnd> bare_end(std::string_view bytes) noexcept;

}  // namespace roster::protocol::classic
