#pragma once

// Which route a request names. Knows the tables of routes, not what they do.

#include "server/http/api.hpp"

#include <span>
#include <string>
#include <string_view>

namespace roster::server {

/// Lifetime: the argument belongs to the request.
struct FoundRoute {
    const Route* route = nullptr;
    std::string_view argument;
    /// Of all routes with this path.
    unsigned methods = 0;
    bool is_about_another = false;
};

/// Keeps what was found if none of these is the route.
void find_route(const protocol::http::Request& request, std::span<const Route> routes,
                FoundRoute& found);

/// Among the routes of the API.
FoundRoute find_route(const protocol::http::Request& request);

/// The value of `Allow`. `methods`: of a route that was found.
std::string allow_of(unsigned methods, bool with_options);

}  // namespace roster::server
