#include "server/http/routing.hpp"

#include <algorithm>
#include <array>
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

using Segments = std::span<const std::string_view>;

// Of a route's path.
constexpr std::size_t kMaxSegments = 4;

// A route, and the segments of its path as those of a target.
struct Pattern {
    explicit Pattern(const Route& of) : route(&of) {
        std::string_view rest = of.path == "/" ? std::string_view() : of.path;
        while (!rest.empty()) {
            const std::size_t end = std::min(rest.find('/', 1), rest.size());
            segments.at(size++) = rest.substr(1, end - 1);
            rest.remove_prefix(end);
        }
    }

    const Route* route;
    std::array<std::string_view, kMaxSegments> segments;
    std::size_t size = 0;
};

// The segments of the route and of the path are the same, but for one in brackets.
bool matches(const Pattern& pattern, Segments given, std::string_view& argument) noexcept {
    Segments wanted(pattern.segments.data(), pattern.size);
    if (pattern.route->takes_all_below && given.size() >= wanted.size()) {
        wanted = wanted.first(wanted.size() - 1);
        given = given.first(wanted.size());
    }
    if (given.size() != wanted.size()) return false;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (wanted[i].starts_with('{') && !given[i].empty())
            argument = given[i];
        else if (wanted[i] != given[i])
            return false;
    }
    return true;
}

// HEAD is answered as GET; the encoder leaves the body out.
bool takes_method(const Route& route, Method method) noexcept {
    if (method == Method::head) method = Method::get;
    return route.takes_all_below || route.method == method;
}

// Keeps what was found if this is not the route.
void try_route(const http::Request& request, const Pattern& pattern, FoundRoute& found) {
    std::string_view argument;
    if (!matches(pattern, request.target.segments(), argument)) return;
    const Route& route = *pattern.route;
    found.methods |= bit(route.method);
    found.is_about_another = route.access == Access::another;
    if (!takes_method(route, request.method)) return;
    found.route = &route;
    found.argument = argument;
}

// By the number of segments of the paths that they may match; the last also of longer ones.
using SortedPatterns = std::array<std::vector<Pattern>, kMaxSegments + 2>;

SortedPatterns sort_patterns() {
    SortedPatterns sorted;
    for (const auto routes : route_tables()) {
        for (const Route& route : routes) {
            const Pattern pattern(route);
            const std::size_t most = route.takes_all_below ? sorted.size() - 1 : pattern.size;
            for (std::size_t i = pattern.size; i <= most; ++i)
                sorted[i].push_back(pattern);
        }
    }
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
        try_route(request, Pattern(route), found);
}

FoundRoute find_route(const http::Request& request) {
    static const SortedPatterns kSorted = sort_patterns();
    FoundRoute found;
    const std::size_t segments = request.target.segments().size();
    const auto& patterns = kSorted[std::min(segments, kSorted.size() - 1)];
    for (const Pattern& pattern : patterns)
        if (takes_method(*pattern.route, request.method)) try_route(request, pattern, found);
    if (found.route != nullptr) return found;
    for (const Pattern& pattern : patterns)
        try_route(request, pattern, found);
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
