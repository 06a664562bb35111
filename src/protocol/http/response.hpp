#pragma once

// A response of the HTTP API before it is bytes. Knows no wire (see the encoder).

#include "protocol/http/problem.hpp"

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

    void fail(Problem what) {
        status = kind_of(what.code).status;
        problem = std::move(what);
    }

    /// Left out if the name is not a token, or is one that the encoder writes. Control characters
    /// in the value become spaces.
    void add_header(std::string_view name, std::string_view value);

    /// The added ones, as lines.
    std::string_view header_lines() const noexcept { return header_lines_; }

    void clear() noexcept;

  private:
    std::string header_lines_;
};

}  // namespace roster::protocol::http
