#include "server/forward_auth/proxy_fault.hpp"

namespace roster::server {

std::string_view text_of(ProxyFault fault) noexcept {
    switch (fault) {
        case ProxyFault::unknown_parameter:
            return "the query has a parameter other than group, role, max_age and redirect; "
                   "correct "
                   "the URL in the proxy's configuration (where a proxy appends the query of the "
                   "application's URL, as Caddy does to a URL without one, write ?redirect=auto)";
        case ProxyFault::repeated_parameter:
            return "the query has a parameter twice; write several groups with commas, as in "
                   "?group=media,admins";
        case ProxyFault::bad_group:
            return "group must be names of [a-z0-9._-] with commas between them, as in "
                   "?group=media,admins";
        case ProxyFault::bad_role: return "role must be admin; every user has the other one";
        case ProxyFault::bad_max_age: return "max_age must be a time like 30m, 12h or 7d";
        case ProxyFault::bad_redirect: return "redirect must be auto or never";
        case ProxyFault::no_forwarded_method:
            return "X-Forwarded-Method is missing, there twice or no method; the proxy must set it";
        case ProxyFault::no_forwarded_proto:
            return "X-Forwarded-Proto is missing, there twice, or not http or https; the proxy "
                   "must "
                   "set it, and replace what the client sent";
        case ProxyFault::no_forwarded_host:
            return "X-Forwarded-Host is missing, there twice or no host; the proxy must set it, "
                   "and "
                   "replace what the client sent";
        case ProxyFault::no_forwarded_uri:
            return "X-Forwarded-Uri is missing, there twice or no path with its query; the proxy "
                   "must set it, and nginx has an endpoint of its own, /v1/authorize/nginx";
        case ProxyFault::no_original_method:
            return "X-Original-Method is missing, there twice or no method; write proxy_set_header "
                   "X-Original-Method $request_method;";
        case ProxyFault::no_original_url:
            return "X-Original-URL is missing, there twice or no URL; write proxy_set_header "
                   "X-Original-URL $scheme://$http_host$request_uri;";
        case ProxyFault::no_envoy_host: return "Host is missing; Envoy sends that of the request";
    }
    return {};
}

bool FaultLog::is_due(ProxyFault fault, Time now) noexcept {
    const auto at = now.time_since_epoch().count();
    auto& logged = logged_.at(static_cast<std::size_t>(fault));
    auto before = logged.load(std::memory_order_relaxed);
    if (before != 0 && std::chrono::steady_clock::duration(at - before) < std::chrono::hours(1))
        return false;
    return logged.compare_exchange_strong(before, at, std::memory_order_relaxed);
}

}  // namespace roster::server
