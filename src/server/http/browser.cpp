#include "server/http/browser.hpp"

#include "core/text.hpp"
#include "protocol/http/cookies.hpp"
#include "protocol/http/target.hpp"

#include <roster/error.hpp>

#include <algorithm>
#include <utility>

namespace roster::server {
namespace {

namespace http = protocol::http;

std::string own_origin(std::string_view option, std::string_view url) {
    auto origin = http::origin_of(url);
    if (origin) return std::move(*origin);
    throw StartupError(Errc::invalid_request, std::string(option) + " '" + printable(url) +
                                                  "' must be like https://accounts.example.com or "
                                                  "http://127.0.0.1:8080, without a path");
}

}  // namespace

Browser::Browser(std::string_view public_url, const std::vector<std::string>& cors_origins,
                 std::string_view forward_domain)
    : public_url_(own_origin("--public-url", public_url)),
      forward_domain_(forward_domain.empty() ? ForwardDomain(public_url_)
                                             : ForwardDomain(forward_domain, public_url_)) {
    for (const std::string& origin : cors_origins)
        cors_origins_.push_back(own_origin("--cors-origin", origin));
}

bool Browser::can_be_opened() const noexcept {
    const std::string_view host = std::string_view(public_url_).substr(public_url_.find("://") + 3);
    return !host.starts_with("0.0.0.0") && !host.starts_with("[::]");
}

std::optional<std::string_view> Browser::session_token(const http::Fields& fields) const noexcept {
    return http::find_cookie(fields, session_cookie_name());
}

std::string Browser::session_cookie(std::string_view token, std::chrono::seconds lifetime) const {
    const http::SetCookie cookie{
        .name = session_cookie_name(), .value = token, .max_age = lifetime, .secure = is_secure()};
    return http::to_header(cookie).value();
}

std::string Browser::forward_cookie(std::string_view token, std::chrono::seconds lifetime) const {
    const http::SetCookie cookie{.name = forward_cookie_name(),
                                 .value = token,
                                 .domain = forward_domain_.domain(),
                                 .max_age = lifetime,
                                 .secure = is_secure()};
    return http::to_header(cookie).value();
}

bool Browser::is_own_page(const http::Fields& fields) const noexcept {
    return fields.only("Origin") == public_url_;
}

bool Browser::answer_foreign_page(const http::Request& request, http::Response& response) const {
    if (cors_origins_.empty()) return false;
    // Caches must not give one page's answer to another one's.
    response.add_header("Vary", "Origin");
    const auto origin = request.fields.only("Origin");
    const bool is_known = origin && std::find(cors_origins_.begin(), cors_origins_.end(),
                                              *origin) != cors_origins_.end();
    if (!is_known) return false;
    response.add_header("Access-Control-Allow-Origin", *origin);
    response.add_header("Access-Control-Expose-Headers",
                        "ETag, Location, Request-Id, Retry-After, WWW-Authenticate");
    const bool is_preflight = request.method == http::Method::options &&
                              request.fields.find("Access-Control-Request-Method");
    if (!is_preflight) return false;
    response.status = 204;
    response.add_header("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE");
    response.add_header("Access-Control-Allow-Headers",
                        "Authorization, Content-Type, Idempotency-Key, If-Match, Request-Id");
    response.add_header("Access-Control-Max-Age", "600");
    return true;
}

}  // namespace roster::server
