#pragma once

// Bytes of a server of the classic protocol -> answers (the client's side).
// Knows no socket and no clock: it is told of requests that were sent, of bytes and of the end.

#include <roster/error.hpp>

#include "protocol/classic/response_limits.hpp"

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace roster::protocol::classic {

/// Announce each request, feed it what arrives, then take answers until there is none.
///
/// Threads: one at a time.
/// Source: RFC 9112 §6.3, without transfer codings.
class ResponseDecoder {
  public:
    explicit ResponseDecoder(AnswerLimits limits = {});

    /// A request was sent, or is about to be; the answer to HEAD has no body.
    void expect(bool head);

    void feed(std::string_view bytes);

    /// The server has closed its sending side.
    void end();

    /// The next whole answer, in the order of the requests; nothing where more is needed, and
    /// nothing where no request is left. Interim answers (1xx) are left out.
    /// Errors: `malformed_answer`, `connection_closed` (a request is left, and the connection has
    /// ended); both are final.
    result<std::optional<Answer>> next();

    /// Requests without an answer.
    std::size_t outstanding() const noexcept { return is_head_.size(); }

  private:
    enum class Phase { head, body, body_until_end, closed };

    /// Whether there is progress; false where more bytes are needed.
    result<bool> advance();
    result<bool> take_head();
    result<bool> take_body();
    result<bool> take_body_until_end();
    std::optional<std::size_t> find_end_of_head();
    void finish_answer();
    std::string_view unread() const noexcept { return std::string_view(buffer_).substr(read_); }

    AnswerLimits limits_;
    std::deque<bool> is_head_;
    std::string buffer_;
    std::size_t read_ = 0;     // consumed bytes at the front of buffer_
    std::size_t scanned_ = 0;  // unread bytes in which no end of the head begins
    bool ended_ = false;
    Phase phase_ = Phase::head;
    Answer answer_;
    std::size_t missing_body_bytes_ = 0;
    std::optional<Answer> whole_;
    boost::system::error_code failure_;
};

}  // namespace roster::protocol::classic
