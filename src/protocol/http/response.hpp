#pragma once

// A response of the HTTP API before it is bytes. Knows no wire (see the encoder).

#include "protocol/http/problem.hpp"
#include "protocol/syntax.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace roster::protocol::http {

inline constexpr std::string_view kJsonType = "application/json";

/// What every response of the API says. Pages for browsers have a policy of their own.
inline constexpr std::string_view kApiPolicy =
    "Cache-Control: no-store\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"
    "Referrer-Policy: no-referrer\r\n";

/// The name of a header that a response may have: a token, and none that the encoder writes. It is
/// checked when the program is compiled.
class HeaderName {
  public:
    consteval HeaderName(const char* name) : text_(name) {
        if (!is_token(text_) || is_reserved_header(text_)) throw "no name of an added header";
    }

    constexpr std::string_view text() const noexcept { return text_; }

  private:
    std::string_view text_;
};

/// The rest of a body that is not kept in memory. The server defines it: its parts are awaited.
class BodySource;

/// Reusable: `clear` keeps the memory, and wipes what was in it, which may be a token.
class Response {
  public:
    Response() = default;
    Response(const Response&) = default;
    Response& operator=(const Response&) = default;
    ~Response() { clear(); }

    unsigned status = 200;
    /// Lifetime: static, as that of `policy`.
    std::string_view content_type = kJsonType;
    /// Whole lines of headers.
    std::string_view policy = kApiPolicy;
    std::string body;
    /// The pattern of the path, for metrics; empty: none. Lifetime: static.
    std::string_view route;
    /// Set: what follows `body`. The length is not known then; HTTP/1.0 reads to the end of the
    /// connection.
    std::shared_ptr<BodySource> rest;
    /// Set: the body is this problem, and the status its own.
    std::optional<Problem> problem;
    /// The connection ends after this response.
    bool close = false;

    /// With `Retry-After` if the same request may succeed later.
    void fail(Problem what) {
        status = kind_of(what.code).status;
        if (status == 503) add_header("Retry-After", "2");
        problem = std::move(what);
    }

    /// Control characters in the value become spaces.
    void add_header(HeaderName name, std::string_view value) {
        append_header(name.text(), value, header_lines_);
    }

    /// The added ones, as lines.
    std::string_view header_lines() const noexcept { return header_lines_; }

    void clear() noexcept;

  private:
    std::string header_lines_;
};

}  // namespace roster::protocol::http
