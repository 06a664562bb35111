#include <roster/session.hpp>

#include <array>
#include <utility>

namespace roster {
namespace {

constexpr std::array<std::pair<SessionKind, std::string_view>, 4> kNames{{
    {SessionKind::login, "login"},
    {SessionKind::token, "token"},
    {SessionKind::forward, "forward"},
    {SessionKind::password_link, "password_link"},
}};

}  // namespace

std::string_view to_string(SessionKind kind) noexcept {
    for (const auto& [known, name] : kNames)
        if (known == kind) return name;
    return "";
}

std::optional<SessionKind> parse_session_kind(std::string_view text) noexcept {
    for (const auto& [known, name] : kNames)
        if (name == text) return known;
    return std::nullopt;
}

}  // namespace roster
