#pragma once

// Bytes of a classic server -> responses (the client's side).
// Knows no socket and no clock: it is told of requests that were sent, of bytes and of the end.

#include <roster/error.hpp>
#include <roster/response.hpp>

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace roster::protocol::classic {

/// Units: bytes, and a number of headers.
struct ResponseLimits {
    std::size_t head_bytes = 16 * 1024;
    std::size_t headers = 100;
    std::size_t body_bytes = 256 * 1024 * 1024;
};

/// Announce each request, feed it what arrives, then call `next` until it returns `nullopt`.
///
/// Threads: one at a time.
/// Source: RFC 9112 §6.3, without transfer codings.
class ResponseDecoder {
  public:
    explicit ResponseDecoder(ResponseLimits limits = {});

    /// A request was sent, or is about to be; the response to HEAD has no body.
    void expect(bool head);

    void feed(std::string_view bytes);

    /// The server has closed its sending side.
    void end();

    /// The next whole response, in the order of the requests; `nullopt` if more bytes are needed or
    /// no request is left. Interim responses (1xx) are left out.
    /// Errors: `malformed_answer`; `connection_closed` (the connection has ended and a request is
    /// left). Both are final.
    result<std::optional<Response>> next();

    /// Requests without a response.
    std::size_t outstanding() const noexcept { return is_head_.size(); }

  private:
    enum class Phase { head, body, body_until_end, closed };

    /// Whether there is progress; false if more bytes are needed.
    result<bool> advance();
    result<bool> take_head();
    result<bool> take_body();
    result<bool> take_body_until_end();
    std::optional<std::size_t> find_end_of_head();
    void finish_response();
    std::string_view unread() const noexcept { return std::string_view(buffer_).substr(read_); }

    ResponseLimits limits_;
    std::deque<bool> is_head_;
    std::string buffer_;
    std::size_t read_ = 0;     // consumed bytes at the front of buffer_
    std::size_t scanned_ = 0;  // unread bytes in which the end of the head does not begin
    bool ended_ = false;
    Phase phase_ = Phase::head;
    Response response_;
    std::size_t missing_body_bytes_ = 0;
    std::optional<Response> whole_;
    boost::system::error_code failure_;
};

}  // namespace roster::protocol::classic
