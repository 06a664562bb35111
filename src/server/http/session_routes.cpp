// The routes of log-ins and sessions.

#include "core/json/json_parser.hpp"
#include "server/http/api.hpp"
#include "server/http/api_problems.hpp"
#include "server/http/browser.hpp"
#include "server/http/documents.hpp"
#include "server/http/request_parts.hpp"
#include "server/http/session_cookies.hpp"

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace roster::server {
namespace {

namespace asio = boost::asio;
namespace http = protocol::http;
using http::FieldError;
using http::Need;

asio::awaitable<void> open_session(Call& call) {
    http::JsonBody& body = call.body;
    auto login = body.string("login", Need::required);
    auto password = body.secret("password", Need::required);
    const auto label = read_label(body);
    const bool sets_cookie = body.boolean("cookie").value_or(false);
    if (!finish_body(call)) co_return;
    if (sets_cookie && call.request.fields.find("Origin") &&
        !call.api.browser.is_own_page(call.request.fields))
        co_return refuse_origin(call);
    call.who.client.user_agent = user_agent_of(call.request);
    const auto logged_in = co_await call.api.accounts.open_session(
        call.who, std::move(*login), std::move(*password), label.value_or(std::string()));
    if (!logged_in) co_return fail(call, logged_in);
    if (sets_cookie) {
        const bool is_set = co_await set_session_cookies(call, *logged_in);
        if (!is_set) co_return;
    }
    call.response.status = 201;
    append_log_in_document(logged_in->opened, !sets_cookie, logged_in->user, call.response.body);
}

// Whose sessions: one's own, or those of ?user=ID. `nullopt`: the call has failed.
std::optional<UserId> read_owner(Call& call) {
    const accounts::Principal& who = call.who.principal;
    const auto given = call.request.target.parameter("user");
    if (!given) return who.id();
    const auto id = parse_decimal(*given);
    if (id && (who.is_admin() || who.is_user(*id))) return id;
    fail(call, make_error_code(Errc::user_not_found));
    return std::nullopt;
}

void append_sessions(const Call& call, const std::vector<Session>& sessions,
                     std::optional<SessionId> next, std::string& out) {
    out += "{\"items\":[";
    for (const Session& session : sessions) {
        if (out.back() != '[') out += ',';
        append_session_document(session, session.id == call.who.principal.session(), out);
    }
    out += "],\"next_cursor\":";
    out += next ? '"' + std::to_string(*next) + "\"}" : "null}";
}

// A page of all users' sessions. Its cursor is the last id.
asio::awaitable<void> list_all_sessions(Call& call) {
    const auto limit = read_limit(call, 50);
    if (!limit) co_return;
    const auto after = parse_decimal(call.request.target.parameter("cursor").value_or("0"));
    if (!after)
        co_return call.fail(http::validation_failed(
            {FieldError("/cursor", "invalid", "is not a cursor of this list")}));
    const auto page = co_await call.api.accounts.all_sessions(call.who.principal, *after, *limit);
    if (page)
        append_sessions(call, page->sessions, page->next, call.response.body);
    else
        fail(call, page.error());
}

asio::awaitable<void> list_sessions(Call& call) {
    if (call.request.target.parameter("user") == "all" && call.who.principal.is_admin()) {
        co_await list_all_sessions(call);
        co_return;
    }
    const auto owner = read_owner(call);
    if (!owner) co_return;
    const auto sessions = co_await call.api.accounts.sessions(call.who.principal, *owner);
    if (!sessions) co_return fail(call, sessions.error());
    append_sessions(call, *sessions, std::nullopt, call.response.body);
}

asio::awaitable<void> end_session(Call& call) {
    const bool is_current = call.argument == "current";
    const auto id =
        is_current ? std::optional(call.who.principal.session()) : parse_decimal(call.argument);
    result<void> ended = Errc::session_not_found;
    if (id) ended = co_await call.api.accounts.end_session(call.who, *id);
    if (!ended) co_return fail(call, ended.error());
    call.response.status = 204;
    if (call.by_cookie && *id == call.who.principal.session()) forget_session_cookies(call);
}

asio::awaitable<void> end_sessions(Call& call) {
    const auto scope = call.request.target.parameter("scope");
    if (scope != "others" && scope != "all")
        co_return call.fail(http::validation_failed(
            {FieldError("/scope", "unknown_value", "must be \"others\" or \"all\"")}));
    const auto owner = read_owner(call);
    if (!owner) co_return;
    const auto ended =
        co_await call.api.accounts.end_sessions(call.who, *owner, *scope == "others");
    if (!ended) co_return fail(call, ended.error());
    call.response.body = "{\"revoked\":" + std::to_string(*ended) + "}";
    if (call.by_cookie && *scope == "all" && call.who.principal.is_user(*owner))
        forget_session_cookies(call);
}

using http::Method;

constexpr std::array<Route, 4> kSessionRoutes{{
    {Method::post, "/v1/sessions", Access::anyone, BodyType::json, open_session},
    {Method::get, "/v1/sessions", Access::user, BodyType::none, list_sessions, http::kJsonType,
     false, "user limit cursor"},
    {Method::delete_, "/v1/sessions", Access::user, BodyType::none, end_sessions, http::kJsonType,
     false, "scope user"},
    {Method::delete_, "/v1/sessions/{id}", Access::user, BodyType::none, end_session},
}};

}  // namespace

constinit const std::span<const Route> session_routes = kSessionRoutes;

}  // namespace roster::server
