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
    if (!is_token(cookie.name) || !is_value(cookie.value) || !is_value(cookie.domain))
        return Errc::invalid_request;
    std::string header = std::string(cookie.name) + '=' + std::string(cookie.value) + "; Path=/";
    if (!cookie.domain.empty()) header += "; Domain=" + std::string(cookie.domain);
    header += "; Max-Age=" + std::to_string(cookie.max_age.count());
    if (cookie.secure) header += "; Secure";
    return header + "; HttpOnly; SameSite=Lax";
}

}  // namespace roster::protocol::http
