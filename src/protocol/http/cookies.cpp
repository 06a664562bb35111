#include "protocol/http/cookies.hpp"

#include "protocol/syntax.hpp"

#include <algorithm>

namespace roster::protocol::http {
namespace {

// RFC 6265 §4.1.1: cookie-octet.
bool is_value(std::string_view text) noexcept {
    constexpr std::string_view kOthers = "\",;\\";
    return std::all_of(text.begin(), text.end(), [&](char c) {
        return c > 0x20 && c < 0x7F && kOthers.find(c) == kOthers.npos;
    });
}

bool is_attribute(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return c >= 0x20 && c < 0x7F && c != ';'; });
}

// Browsers drop a cookie that breaks them.
bool keeps_its_prefix(const SetCookie& cookie) noexcept {
    if (cookie.name.starts_with("__Host-"))
        return cookie.secure && cookie.domain.empty() && cookie.path == "/";
    return !cookie.name.starts_with("__Secure-") || cookie.secure;
}

std::string_view same_site(SameSite value) noexcept {
    switch (value) {
        case SameSite::strict: return "Strict";
        case SameSite::lax: return "Lax";
        case SameSite::none: break;
    }
    return "None";
}

}  // namespace

std::optional<std::string_view> find_cookie(const Fields& fields, std::string_view name,
                                            std::size_t before) noexcept {
    std::size_t i = 0;
    while (auto list = fields.find_from(i, "Cookie")) {
        while (!list->empty()) {
            const std::string_view pair = list->substr(0, list->find(';'));
            list->remove_prefix(std::min(pair.size() + 1, list->size()));
            const std::size_t equals = pair.find('=');
            if (equals == pair.npos || trimmed(pair.substr(0, equals)) != name) continue;
            if (before-- == 0) return trimmed(pair.substr(equals + 1));
        }
    }
    return std::nullopt;
}

result<std::string> to_header(const SetCookie& cookie) {
    const bool valid = is_token(cookie.name) && is_value(cookie.value) &&
                       is_attribute(cookie.path) && is_attribute(cookie.domain) &&
                       keeps_its_prefix(cookie);
    if (!valid) return Errc::invalid_request;
    std::string header = std::string(cookie.name) + '=' + std::string(cookie.value);
    if (!cookie.path.empty()) header += "; Path=" + std::string(cookie.path);
    if (!cookie.domain.empty()) header += "; Domain=" + std::string(cookie.domain);
    if (cookie.max_age) header += "; Max-Age=" + std::to_string(cookie.max_age->count());
    if (cookie.secure) header += "; Secure";
    if (cookie.http_only) header += "; HttpOnly";
    header += "; SameSite=";
    header += same_site(cookie.same_site);
    return header;
}

}  // namespace roster::protocol::http
