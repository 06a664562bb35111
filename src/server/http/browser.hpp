#pragma once

// What browsers need beside tokens: the session cookie, and the rules about where a request comes
// from. Knows no session and no route. Source: RFC 6265, RFC 6454, Fetch standard (CORS).

#include "protocol/http/request.hpp"
#include "protocol/http/response.hpp"
#include "server/forward_auth/forward_domain.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace roster::server {

/// Threads: any.
class Browser {
  public:
    /// `public_url`: what browsers call this server. Pages of the `cors_origins` may ask the API
    /// with tokens, never by cookie. `forward_domain`: see `ForwardDomain`; empty: none.
    /// Throws: `StartupError` with `invalid_request` for what is not an origin, or no domain.
    explicit Browser(std::string_view public_url, const std::vector<std::string>& cors_origins = {},
                     std::string_view forward_domain = {});

    const std::string& public_url() const noexcept { return public_url_; }
    /// False: it is the address of a listener on all addresses, which no browser can open.
    bool can_be_opened() const noexcept;
    const ForwardDomain& forward_domain() const noexcept { return forward_domain_; }

    std::string_view session_cookie_name() const noexcept {
        return is_secure() ? "__Host-roster" : "roster";
    }
    /// The token in the session cookie.
    std::optional<std::string_view> session_token(
        const protocol::http::Fields& fields) const noexcept;

    /// The header Set-Cookie; `lifetime` zero deletes the cookie.
    std::string session_cookie(std::string_view token, std::chrono::seconds lifetime) const;

    /// The name of the cookie that every host of the forward domain gets.
    std::string_view forward_cookie_name() const noexcept {
        return is_secure() ? "__Secure-roster-forward" : "roster-forward";
    }
    /// As `session_cookie`. Requires: there is a forward domain.
    std::string forward_cookie(std::string_view token, std::chrono::seconds lifetime) const;

    /// Whether a page of this server sent the request: other pages must change nothing by cookie.
    bool is_own_page(const protocol::http::Fields& fields) const noexcept;

    /// Adds what lets a page of a foreign origin read the response, if it may. True: the request
    /// only asks for that (a preflight), and is answered.
    bool answer_foreign_page(const protocol::http::Request& request,
                             protocol::http::Response& response) const;

  private:
    bool is_secure() const noexcept { return public_url_.starts_with("https:"); }

    std::string public_url_;
    std::vector<std::string> cors_origins_;
    ForwardDomain forward_domain_;
};

}  // namespace roster::server
