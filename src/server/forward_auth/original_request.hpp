#pragma once

// The request that a proxy asks about, as each kind of proxy describes it. A proxy passes on what
// it does not set itself, so each kind is read from those headers alone that it sets.
// Knows no session and no route.

#include "protocol/http/request.hpp"
#include "server/forward_auth/proxy_fault.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace roster::server {

enum class ProxyKind : std::uint8_t {
    /// X-Forwarded-Method, -Proto, -Host, -Uri: Caddy, Traefik, HAProxy.
    forwarded,
    /// X-Original-URL, X-Original-Method.
    nginx,
    /// Method and Host are those of the original, its path follows the endpoint's.
    envoy,
};

/// Lifetime: of the request that it was read from.
struct OriginalRequest {
    OriginalRequest() = default;

    /// GET or HEAD.
    bool is_safe = false;
    /// "https" or "http".
    std::string_view scheme;
    std::string_view host;
    /// With the query, as it was sent.
    std::string_view path;
    /// Where it is apart from the path.
    std::string_view query;
};

/// "https://app.example.com".
std::string origin_of(const OriginalRequest& original);

/// With its scheme and host. What clients send without escaping it is escaped, so that the URL can
/// be returned to.
std::string url_of(const OriginalRequest& original);

/// nullopt: it was read.
std::optional<ProxyFault> read_original(ProxyKind kind, const protocol::http::Request& request,
                                        OriginalRequest& into);

/// Whether a browser shows what this request gets as a page: not the request of a script, an image
/// or a web socket. Source: Fetch Metadata Request Headers.
bool is_navigation(const OriginalRequest& original, const protocol::http::Fields& fields) noexcept;

}  // namespace roster::server
