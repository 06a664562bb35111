#include "server/http/routing.hpp"

#include <array>
#include <map>
#include <utility>
#include <vector>

namespace roster::server {
namespace {

namespace http = protocol::http;
using http::Method;

constexpr std::array kMethods{Method::get,   Method::head,    Method::post,   Method::put,
                              Method::patch, Method::delete_, Method::options};

constexpr unsigned bit(Method method) noexcept {
    return 1U << static_cast<unsigned>(method);
}

// The segments of the route and of the path are the same, but for one in brackets.
bool matches(const Route& route, const http::Target& target, std::string_view& argument) {
    std::string_view pattern = route.path;
    for (const std::string_view segment : target.segments()) {
        if (!pattern.starts_with('/')) return false;
        if (route.takes_all_below && pattern.find('/', 1) == pattern.npos) return true;
        pattern.remove_prefix(1);
        const std::string_view wanted = pattern.substr(0, pattern.find('/'));
        pattern.remove_prefix(wanted.size());
        if (wanted.starts_with('{') && !segment.empty())
            argument = segment;
        else if (wanted != segment)
            return false;
    }
    return pattern.empty() || (pattern == "/" && target.segments().empty());
}

// HEAD is answered as GET; the encoder leaves the body out.
bool takes_method(const Route& route, Method method) noexcept {
    if (method == Method::head) method = Method::get;
    return route.takes_all_below || route.method == method;
}

// Keeps what was found if this is not the route.
void try_route(const http::Request& request, const Route& route, FoundRoute& found) {
    std::string_view argument;
    if (!matches(route, request.target, argument)) return;
    found.methods |= bit(route.method);
    found.is_about_another = route.access == Access::another;
    if (!takes_method(route, request.method)) return;
    found.route = &route;
    found.argument = argument;
}

// By the second segment of their paths, after which few are left, or by the only one. Both are
// literal.
using RoutesBySegment = std::map<std::string_view, std::vector<const Route*>>;

std::string_view segment_of(std::string_view path) noexcept {
    path.remove_prefix(1);
    const std::size_t first_end = path.find('/');
    if (first_end != path.npos) path.remove_prefix(first_end + 1);
    return path.substr(0, path.find('/'));
}

std::string_view segment_of(const http::Target& target) noexcept {
    const auto& segments = target.segments();
    if (segments.empty()) return {};
    return segments.size() == 1 ? segments[0] : segments[1];
}

RoutesBySegment sort_routes() {
    RoutesBySegment sorted;
    for (const auto routes : route_tables())
        for (const Route& route : routes)
            sorted[segment_of(route.path)].push_back(&route);
    return sorted;
}

}  // namespace

std::span<const std::span<const Route>> route_tables() noexcept {
    static const std::array kTables{user_routes,   user_list_routes, session_routes,
                                    token_routes,  admin_routes,     transfer_routes,
                                    status_routes, metrics_routes,   authorize_routes};
    return kTables;
}

void find_route(const http::Request& request, std::span<const Route> routes, FoundRoute& found) {
    for (const Route& route : routes)
        try_route(request, route, found);
}

FoundRoute find_route(const http::Request& request) {
    static const RoutesBySegment kRoutes = sort_routes();
    FoundRoute found;
    const auto routes = kRoutes.find(segment_of(request.target));
    if (routes == kRoutes.end()) return found;
    for (const Route* const route : routes->second)
        if (takes_method(*route, request.method)) try_route(request, *route, found);
    if (found.route != nullptr) return found;
    for (const Route* const route : routes->second)
        try_route(request, *route, found);
    return found;
}

std::string allow_of(unsigned methods, bool with_options) {
    if ((methods & bit(Method::get)) != 0) methods |= bit(Method::head);
    if (with_options) methods |= bit(Method::options);
    std::string text;
    for (const Method method : kMethods) {
        if ((methods & bit(method)) == 0) continue;
        if (!text.empty()) text += ", ";
        text += name_of(method);
    }
    return text;
}

}  // namespace roster::server
