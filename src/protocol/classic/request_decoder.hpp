#pragma once

// Bytes of a classic client -> requests (the server's side).
// Knows no socket and no clock: it is told of bytes, of silence and of the end.

#include "protocol/classic/messages.hpp"
#include "protocol/classic/request_body.hpp"
#include "protocol/classic/request_head.hpp"
#include "protocol/wiped_buffer.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace roster::protocol::classic {

/// Feed it what arrives, then call `next` until it returns `nullopt`.
///
/// Threads: one at a time.
class RequestDecoder {
  public:
    using Phase = RequestPhase;

    explicit RequestDecoder(RequestLimits limits = {});

    void feed(std::string_view bytes);

    /// Nothing has arrived for a while. Has an effect only if `awaits_silence()`.
    void silence();

    /// The peer has closed its sending side; what is whole, or counts as whole, can still be taken.
    void end();

    /// The next whole request, in order; `nullopt` if more bytes are needed. After a request with
    /// `keep_alive` false there is never another.
    std::optional<ClassicRequest> next();

    Phase phase() const noexcept;

    /// Whether silence would complete a request.
    bool awaits_silence() const noexcept;

    /// The body's length as it was announced. Requires: `phase() == Phase::body`.
    std::size_t announced_body_bytes() const noexcept;

    /// True once for a request with a body that the client holds back until it is told to go on
    /// (`Expect: 100-continue`): respond with `100 Continue`, after the requests before it.
    bool take_continue() noexcept;

    /// Bytes that belong to no request yet. Once `next()` has returned `nullopt`, no more than the
    /// limits allow for a head or a body.
    std::size_t buffered_bytes() const noexcept { return buffer_.size_bytes(); }

  private:
    enum class Stage { start, request_line, headers, body, closed };

    void advance();
    /// Takes one line or body off the buffer; false if that needs more bytes.
    bool step();
    bool skip_line_ends();
    bool take_request_line();
    bool take_header_line();
    bool take_body();
    void take_what_counts_as_whole();

    /// The next line with its line end; `nullopt` if that has not arrived.
    std::optional<std::string_view> find_line() noexcept;
    void consume_line(std::string_view line) noexcept;
    /// The end of a head that lacks its blank line.
    std::optional<BareEnd> bare_head() const noexcept;
    std::optional<std::size_t> silent_body() const noexcept;
    void end_bare_head(const BareEnd& end);
    void end_head();
    void end_request(std::size_t body_bytes);
    void refuse(ProtocolError error);
    void close() noexcept;

    RequestLimits limits_;
    Stage stage_ = Stage::start;
    WipedBuffer buffer_;
    /// How many of the buffer's first bytes hold no line end.
    std::size_t searched_bytes_ = 0;
    /// Bytes of the head that are no longer in the buffer; before the head, of empty lines.
    std::size_t head_bytes_ = 0;
    RequestHead head_;
    /// Set if the end of the body is more than a matter of counting.
    std::optional<CountedBody> counted_body_;
    bool continue_due_ = false;
    bool ended_ = false;
    std::optional<ClassicRequest> ready_;
};

}  // namespace roster::protocol::classic
