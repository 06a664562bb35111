#pragma once

// The lines of a request's head, one at a time. Knows nothing of where lines end.

#include "protocol/classic/messages.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace roster::protocol::classic {

/// What the lines so far have said.
struct Head {
    Method method = Method::other;
    bool http_1_0 = false;
    bool close = false;
    /// A `Host` makes the request one of HTTP, framed as HTTP says; the documented client sends
    /// none.
    bool hosted = false;
    bool expects_continue = false;
    std::size_t headers = 0;
    std::optional<std::uint64_t> content_length;
    /// The request is answered so, but its end is known and others may follow.
    std::optional<ProtocolError> refusal;
};

/// Gives a refusal where nothing can follow: the end of the request is not known for certain.
std::optional<ProtocolError> read_request_line(std::string_view line, Head& head);
std::optional<ProtocolError> read_header_line(std::string_view line, Head& head);

/// What the bytes at some place are, where a request might begin.
enum class Beginning { nothing, perhaps, request, other };

/// Looks for a method and its space, behind any line ends: unmistakable in the midst of a request,
/// since no valid one has them there. `perhaps`: more bytes could still make it one.
Beginning beginning_of_request(std::string_view bytes) noexcept;

/// `Content-Length:0` with no line end behind it: with that the documented client's GET and HEAD
/// end.
struct BareEnd {
    std::size_t line_bytes = 0;
    /// What follows at once. Never `other`.
    Beginning next = Beginning::nothing;
    /// The bytes it took to say so.
    std::size_t seen_bytes = 0;
};
std::optional<BareEnd> bare_end(std::string_view bytes) noexcept;

}  // namespace roster::protocol::classic
