#include "server/forward_auth/original_request.hpp"

#include "core/text.hpp"
#include "protocol/http/escapes.hpp"
#include "protocol/http/target.hpp"
#include "protocol/syntax.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace roster::server {
namespace {

namespace http = protocol::http;
using http::Fields;

bool is_safe(std::string_view method) noexcept {
    return method == "GET" || method == "HEAD";
}

// "https" of "https" and of "wss"; empty for others.
std::string_view scheme_of(std::string_view proto) noexcept {
    const auto is = [proto](std::string_view name) { return equals_ignoring_case(proto, name); };
    if (is("https") || is("wss")) return "https";
    return is("http") || is("ws") ? "http" : "";
}

// A client's field beside the proxy's makes it nullopt.
std::optional<ProxyFault> read_forwarded(const Fields& fields, OriginalRequest& into) {
    const auto method = fields.only("X-Forwarded-Method");
    if (!method || !protocol::is_token(*method)) return ProxyFault::no_forwarded_method;
    const auto proto = fields.only("X-Forwarded-Proto");
    const std::string_view scheme = scheme_of(proto.value_or(""));
    if (scheme.empty()) return ProxyFault::no_forwarded_proto;
    const auto host = fields.only("X-Forwarded-Host");
    if (!host || !http::is_authority(*host)) return ProxyFault::no_forwarded_host;
    const auto uri = fields.only("X-Forwarded-Uri");
    if (!uri || !uri->starts_with('/')) return ProxyFault::no_forwarded_uri;
    into.is_safe = is_safe(*method);
    into.scheme = scheme;
    into.host = *host;
    into.path = *uri;
    return std::nullopt;
}

std::optional<ProxyFault> read_nginx(const Fields& fields, OriginalRequest& into) {
    const auto method = fields.only("X-Original-Method");
    if (!method || !protocol::is_token(*method)) return ProxyFault::no_original_method;
    const std::string_view url = fields.only("X-Original-URL").value_or("");
    const std::size_t colon = std::min(url.find("://"), url.size());
    const std::string_view scheme = scheme_of(url.substr(0, colon));
    const std::string_view rest = url.substr(std::min(colon + 3, url.size()));
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    if (scheme.empty() || slash == rest.size() || !http::is_authority(rest.substr(0, slash)))
        return ProxyFault::no_original_url;
    into.is_safe = is_safe(*method);
    into.scheme = scheme;
    into.host = rest.substr(0, slash);
    into.path = rest.substr(slash);
    return std::nullopt;
}

// Of the target as it was sent: an escaped slash separates nothing, so the fourth begins the rest.
std::string_view path_below(std::string_view path, int segments) noexcept {
    std::size_t slash = 0;
    for (; segments > 0 && slash != path.npos; --segments)
        slash = path.find('/', slash + 1);
    return slash == path.npos ? std::string_view() : path.substr(slash);
}

std::optional<ProxyFault> read_envoy(const http::Request& request, OriginalRequest& into) {
    constexpr int kSegments = 3;  // /v1/authorize/envoy
    const auto proto = request.fields.only("X-Forwarded-Proto");
    const std::string_view scheme = scheme_of(proto.value_or(""));
    if (scheme.empty()) return ProxyFault::no_forwarded_proto;
    if (request.host.empty()) return ProxyFault::no_envoy_host;
    into.is_safe = request.method == http::Method::get || request.method == http::Method::head;
    into.scheme = scheme;
    into.host = request.host;
    into.path = path_below(request.target.path(), kSegments);
    into.query = request.target.query();
    return std::nullopt;
}

bool asks_for_html(const Fields& fields) noexcept {
    std::size_t i = 0;
    while (auto list = fields.find_from(i, "Accept")) {
        while (!list->empty()) {
            const std::string_view range = protocol::take_element(*list);
            const std::string_view type = protocol::trimmed(range.substr(0, range.find(';')));
            if (equals_ignoring_case(type, "text/html")) return true;
        }
    }
    return false;
}

bool has_fetch_metadata(const Fields& fields) noexcept {
    constexpr std::string_view kPrefix = "Sec-Fetch-";
    for (std::size_t i = 0; i < fields.size(); ++i)
        if (equals_ignoring_case(fields[i].name.substr(0, kPrefix.size()), kPrefix)) return true;
    return false;
}

}  // namespace

std::string origin_of(const OriginalRequest& original) {
    std::string origin(original.scheme);
    return origin.append("://").append(original.host);
}

std::string url_of(const OriginalRequest& original) {
    std::string url = origin_of(original);
    http::append_escaped(original.path, http::is_url_character, url);
    if (original.query.empty()) return url;
    url += '?';
    http::append_escaped(original.query, http::is_url_character, url);
    return url;
}

std::optional<ProxyFault> read_original(ProxyKind kind, const http::Request& request,
                                        OriginalRequest& into) {
    switch (kind) {
        case ProxyKind::forwarded: return read_forwarded(request.fields, into);
        case ProxyKind::nginx: return read_nginx(request.fields, into);
        case ProxyKind::envoy: break;
    }
    return read_envoy(request, into);
}

bool is_navigation(const OriginalRequest& original, const Fields& fields) noexcept {
    if (!original.is_safe || fields.find("X-Requested-With") || fields.find("Upgrade"))
        return false;
    if (has_fetch_metadata(fields)) return fields.find("Sec-Fetch-Mode") == "navigate";
    return asks_for_html(fields);
}

}  // namespace roster::server
