#pragma once

// The tokens of a request that a proxy asks about. Its header Authorization is the application's,
// unless it has one of roster's tokens. Knows no session.

#include "protocol/http/request.hpp"

#include <roster/secret.hpp>

#include <optional>
#include <string_view>

namespace roster::server {

/// The token of `Bearer rst_…`, or of `Basic anything:rst_…`, where it is a password for one
/// application. nullopt: there is no such token, or the header twice.
/// Lifetime: of the request and of `decoded`, which a token of Basic is in.
std::optional<std::string_view> authorization_token(const protocol::http::Fields& fields,
                                                    Secret& decoded);

}  // namespace roster::server
