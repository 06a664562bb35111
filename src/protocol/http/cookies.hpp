#pragma once

// Cookies of requests and responses. Knows no session. Source: RFC 6265.

#include <roster/error.hpp>

#include "protocol/http/request.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace roster::protocol::http {

/// The value of the first cookie with this name, or of the one after `before` others, as it was
/// sent; names are compared with case.
std::optional<std::string_view> find_cookie(const Fields& fields, std::string_view name,
                                            std::size_t before = 0) noexcept;

/// With Path=/, HttpOnly and SameSite=Lax.
struct SetCookie {
    std::string_view name;
    std::string_view value;
    /// Empty: this host alone.
    std::string_view domain = {};
    /// Zero deletes the cookie.
    std::chrono::seconds max_age{0};
    bool secure = true;
};

/// The value of a header `Set-Cookie`.
/// Errors: `invalid_request` (a part has characters that would end it).
result<std::string> to_header(const SetCookie& cookie);

}  // namespace roster::protocol::http
