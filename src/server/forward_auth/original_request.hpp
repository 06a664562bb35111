#pragma once

// The request that a proxy asks about, as each kind of proxy describes it. A proxy passes on what
// it does not set itself, so each kind is read from those headers alone that it sets.
// Knows no session and no route.

#include "protocol/http/request.hpp"
#include "server/forward_auth/proxy_fault.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace roster::server {

enum class ProxyKind : std::uint8_t {
    /// X-Forwarded-Method, -Proto, -Host, -Uri: Caddy, Traefik, HAProxy.
    forwarded,
    /// X-Original-URL, X-Original-Method.
    nginx,
    /// Method and Host are those of the original, its path follows the endpoint's.
    envoy,
};

struct OriginalRequest {
    OriginalRequest() = default;

    /// GET or HEAD.
    bool is_safe = false;
    /// With its scheme and host, in the characters that a URL can have.
    std::string url;
    /// How many bytes of it are the scheme and the host.
    std::size_t origin_bytes = 0;
};

/// nullopt: it was read.
std::optional<ProxyFault> read_original(ProxyKind kind, const protocol::http::Request& request,
                                        OriginalRequest& into);

/// Whether a browser shows what this request gets as a page: not the request of a script, an image
/// or a web socket. Source: Fetch Metadata Request Headers.
bool is_navigation(const OriginalRequest& original, const protocol::http::Fields& fields) noexcept;

}  // namespace roster::server
