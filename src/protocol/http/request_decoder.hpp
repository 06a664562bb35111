#pragma once

// Bytes of an HTTP/1.1 client -> requests, strictly: what two programs could read in two ways is
// refused. Knows no socket and no clock.
//
// A parser of its own: Boost.Beast 1.81 finds tokens, but takes messages that have no Host or two,
// folded headers, any Transfer-Encoding, lists of lengths and raw or broken targets, and refuses an
// empty line before a request; every head would have to be read a second time.

#include "protocol/http/chunked_body.hpp"
#include "protocol/http/request.hpp"
#include "protocol/http/request_head.hpp"
#include "protocol/request_limits.hpp"
#include "protocol/wiped_buffer.hpp"

#include <cstddef>
#include <string_view>

namespace roster::protocol::http {

/// The detail of the refusal of a TLS client.
inline constexpr std::string_view kTlsHandshakeDetail =
    "this is the beginning of TLS, and here is plain HTTP; use http://";

/// Feed it what arrives, then call `next` until it returns null. Allocates nothing once it has seen
/// requests as large.
///
/// Threads: one at a time.
class RequestDecoder {
  public:
    using Phase = RequestPhase;

    /// `asks`: `undecided` is told of bodies that may be longer than the limit; otherwise they are
    /// refused.
    explicit RequestDecoder(RequestLimits limits = {}, bool asks = false);
    /// Of the requests that follow. Requires: `is_fresh()`.
    void use(const RequestLimits& limits) noexcept;
    /// Whether it holds nothing of what it was fed: it can go on with the bytes of another client.
    bool is_fresh() const noexcept {
        return stage_ == Stage::start && skipped_bytes_ == 0 && buffer_.size_bytes() == 0;
    }

    // The request refers to it.
    RequestDecoder(const RequestDecoder&) = delete;
    RequestDecoder& operator=(const RequestDecoder&) = delete;

    /// Lifetime: ends that of the request returned last.
    void feed(std::string_view bytes);

    /// The next whole request, in order; null if more bytes are needed, or after a refusal. After a
    /// request with `keep_alive` false there is never another.
    /// Lifetime: until the next call that is not const. Its bytes are wiped then.
    Request* next();

    /// Set if `next` returned null because it has to be said how long the request's body may be.
    /// The request has no body yet. Lifetime: until the next call that is not const.
    const Request* undecided() const noexcept {
        return stage_ == Stage::undecided ? &request_ : nullptr;
    }
    /// Requires: `undecided()`.
    void limit_body(std::size_t bytes);

    /// Set once `next` returned null because of it.
    const MaybeRefusal& refusal() const noexcept { return refusal_; }

    Phase phase() const noexcept;

    /// As it was announced, or the limit if it comes in chunks. Requires: `phase()` is `body`.
    std::size_t announced_body_bytes() const noexcept;

    /// True once for a request whose client holds back the body until it is told to go on.
    bool take_continue() noexcept;

    std::size_t buffered_bytes() const noexcept { return buffer_.size_bytes(); }

  private:
    enum class Stage { start, request_line, fields, undecided, body, chunks, whole, closed };

    bool step();
    bool skip_empty_lines();
    bool take_request_line();
    bool take_field_line();
    bool take_body();
    bool take_chunks();
    void end_head();
    void begin_body();
    /// Sets the request's views of the head. False: `head_` has refused it.
    bool bind();
    void release() noexcept;
    /// These return true: there is progress.
    bool refuse(Refusal refusal);
    bool refuse_line(std::string_view line, MaybeRefusal refusal);
    bool refuse_large_body();
    bool refuse_long_line(std::string_view begin);
    /// False: it has none yet.
    bool refuse_bare_cr(std::string_view line);

    /// The bytes to the next line feed, with it; empty if that has not arrived.
    std::string_view find_line() noexcept;
    std::string_view unread() const noexcept { return buffer_.view().substr(read_); }

    /// The length of the body is that of the request.
    RequestLimits limits_;
    std::size_t usual_body_bytes_;
    const bool asks_;
    Stage stage_ = Stage::start;
    WipedBuffer buffer_;
    /// Of the buffer, which begins with the request: bytes that were read, and bytes without a line
    /// end. During the body the latter is where that begins.
    std::size_t read_ = 0;
    std::size_t searched_ = 0;
    std::size_t head_bytes_ = 0;
    std::size_t skipped_bytes_ = 0;
    const char* bound_to_ = nullptr;
    Request request_;
    RequestHead head_{request_};
    ChunkedBody chunks_{limits_};
    bool continue_due_ = false;
    MaybeRefusal refusal_;
};

}  // namespace roster::protocol::http
