#include "server/forward_auth/credentials.hpp"

#include "core/text.hpp"
#include "protocol/syntax.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

namespace roster::server {
namespace {

// As scanners and `accounts/sessions` know them; the second one is older.
bool is_ours(std::string_view token) noexcept {
    return token.starts_with("rst_") || token.starts_with("roster_");
}

int base64_value(char c) noexcept {
    constexpr std::string_view kLetters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const std::size_t value = kLetters.find(c);
    return value == kLetters.npos ? -1 : static_cast<int>(value);
}

// RFC 4648 §4; padding may be left out. False: it is something else.
bool decode_base64(std::string_view text, std::string& out) {
    while (text.ends_with('='))
        text.remove_suffix(1);
    out.reserve(text.size());
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char c : text) {
        const int value = base64_value(c);
        if (value < 0) return false;
        bits = (bits << 6U) | static_cast<std::uint32_t>(value);
        count += 6;
        if (count < 8) continue;
        count -= 8;
        out += static_cast<char>((bits >> count) & 0xFFU);
    }
    return true;
}

}  // namespace

std::optional<std::string_view> authorization_token(const protocol::http::Fields& fields,
                                                    Secret& decoded) {
    const auto header = fields.only("Authorization");
    if (!header) return std::nullopt;
    const std::size_t space = header->find(' ');
    if (space == header->npos) return std::nullopt;
    const std::string_view scheme = header->substr(0, space);
    const std::string_view value = protocol::trimmed(header->substr(space));
    if (equals_ignoring_case(scheme, "Bearer") && is_ours(value)) return value;
    if (!equals_ignoring_case(scheme, "Basic")) return std::nullopt;
    std::string text;
    if (decode_base64(value, text)) decoded = Secret(text);
    wipe(text.data(), text.size());
    const std::string_view pair = decoded.reveal();
    const std::size_t colon = pair.find(':');
    if (colon == pair.npos || !is_ours(pair.substr(colon + 1))) return std::nullopt;
    return pair.substr(colon + 1);
}

}  // namespace roster::server
