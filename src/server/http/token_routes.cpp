// The routes of tokens for programs, and of links to set a password.

#include "core/json/raw_json.hpp"
#include "core/text.hpp"
#include "core/time.hpp"
#include "server/http/api.hpp"
#include "server/http/api_problems.hpp"
#include "server/http/browser.hpp"
#include "server/http/documents.hpp"
#include "server/http/request_parts.hpp"

#include <array>
#include <chrono>
#include <string>
#include <utility>

namespace roster::server {
namespace {

namespace asio = boost::asio;
namespace http = protocol::http;
using accounts::LinkPurpose;
using http::Method;
using http::Need;
using std::chrono::seconds;

constexpr seconds kInviteLifetime = std::chrono::days(7);
constexpr seconds kResetLifetime = std::chrono::days(1);

std::optional<seconds> read_lifetime(http::JsonBody& body) {
    constexpr auto kMost = static_cast<std::uint64_t>(accounts::Sessions::kLongest.count());
    const auto number = body.number("expires_in");
    if (!number) return std::nullopt;
    if (*number == 0 || *number > kMost)
        body.refuse({"/expires_in", "out_of_range",
                     "must be a number of seconds from 1 to " + std::to_string(kMost)});
    return seconds(*number);
}

asio::awaitable<void> create_token(Call& call) {
    const auto label = read_label(call.body, Need::required);
    const auto lifetime = read_lifetime(call.body);
    if (!finish_body(call)) co_return;
    call.who.client.user_agent = user_agent_of(call.request);
    const auto opened = co_await call.api.accounts.create_token(call.who, *label, lifetime);
    if (!opened) co_return fail(call, opened.error());
    call.response.status = 201;
    append_token_document(*opened, call.response.body);
}

std::optional<LinkPurpose> read_purpose(http::JsonBody& body) {
    const auto text = body.string("purpose", Need::required);
    if (!text) return std::nullopt;
    if (*text == "invite") return LinkPurpose::invite;
    if (*text == "reset") return LinkPurpose::reset;
    body.refuse({"/purpose", "unknown_value", "must be \"invite\" or \"reset\""});
    return std::nullopt;
}

asio::awaitable<void> create_password_link(Call& call) {
    const auto purpose = read_purpose(call.body);
    const auto lifetime = read_lifetime(call.body);
    if (!finish_body(call)) co_return;
    const bool is_invite = *purpose == LinkPurpose::invite;
    const auto id = parse_decimal(call.argument);
    result<accounts::OpenedSession> link = Errc::user_not_found;
    if (id)
        link = co_await call.api.accounts.create_password_link(
            call.who, *id, *purpose,
            lifetime.value_or(is_invite ? kInviteLifetime : kResetLifetime));
    if (!link) co_return fail(call, link.error());
    const std::string_view token = link->token.reveal();
    std::string& out = call.response.body;
    call.response.status = 201;
    out.append("{\"url\":\"").append(call.api.browser.public_url());
    out.append(is_invite ? "/invite/" : "/reset/").append(token);
    out.append("\",\"token\":\"").append(token);
    out.append("\",\"expires_at\":\"") += to_rfc3339(link->session.expires_at) + "\"}";
}

std::string_view why_no_link(const boost::system::error_code& error) {
    if (error == Errc::unauthenticated) return "no link has this token";
    if (error == Errc::session_expired) return "the link has expired; ask for a new one";
    if (error == Errc::session_revoked)
        return "the link was used, or the password or the e-mail has changed since; ask for a new "
               "one";
    return {};
}

asio::awaitable<void> redeem_password_link(Call& call) {
    auto token = call.body.secret("token", Need::required);
    auto password = call.body.secret("new_password", Need::required);
    if (!finish_body(call)) co_return;
    const auto user = co_await call.api.accounts.redeem_password_link(call.who, std::move(*token),
                                                                      std::move(*password));
    if (user)
        call.response.status = 204;
    else if (const auto why = why_no_link(user.error()); !why.empty())
        fail(call, user.error(), {}, why);
    else
        fail(call, user, "new_password");
}

constexpr std::array<Route, 3> kTokenRoutes{{
    {Method::post, "/v1/tokens", Access::user, BodyType::json, create_token},
    {Method::post, "/v1/users/{id}/password-link", Access::admin, BodyType::json,
     create_password_link},
    {Method::post, "/v1/password-links/redeem", Access::anyone, BodyType::json,
     redeem_password_link},
}};

}  // namespace

constinit const std::span<const Route> token_routes = kTokenRoutes;

}  // namespace roster::server
