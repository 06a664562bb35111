// The routes that proxies ask about requests to applications.
//
// 1. The query says what is demanded of the user, headers say what was asked for. What cannot be
//    read closes: no answer but that of step 4 is one of 2xx.
// 2. Credentials: the cookie of the forward domain, the session cookie, a token in Authorization;
//    the first that is valid. The connection counts for nothing, not even on the admin socket.
// 3. Nobody, or a log-in that is too old: the log-in page for a browser's navigation, else 401.
// 4. The user is allowed: 200, with who they are in headers; otherwise 403.
//
// Of the other headers none changes the status: they are the original request's. Nothing is
// written, and nothing audited: it happens for every image of every page.

#include "protocol/http/cookies.hpp"
#include "protocol/http/escapes.hpp"
#include "server/forward_auth/credentials.hpp"
#include "server/forward_auth/identity_headers.hpp"
#include "server/forward_auth/original_request.hpp"
#include "server/forward_auth/requirement.hpp"
#include "server/http/access_log.hpp"
#include "server/http/api.hpp"
#include "server/http/api_problems.hpp"
#include "server/http/browser.hpp"

#include "core/text.hpp"

#include <boost/container/static_vector.hpp>

#include <array>
#include <optional>
#include <string>
#include <utility>

namespace roster::server {
namespace {

namespace asio = boost::asio;
namespace http = protocol::http;
using accounts::Principal;
using http::Method;
using http::Problem;
using http::ProblemCode;

// An application may set cookies for the domain, too: one of them must not hide the right one.
constexpr std::size_t kMaxCookies = 4;

/// What a proxy asks.
struct Question {
    Question() = default;

    ProxyKind kind = ProxyKind::forwarded;
    OriginalRequest original;
    Requirement requirement;
    /// What the requirement is read from, where that is a header.
    http::Target header;
};

// Envoy appends the query of the original request, so a header that it sets has the requirement.
std::optional<ProxyFault> read_envoy_requirement(const http::Fields& fields, Question& question,
                                                 std::string& text) {
    std::size_t i = 0;
    const auto value = fields.find_from(i, "Roster-Require");
    if (!value) return std::nullopt;
    if (fields.find_from(i, "Roster-Require")) return ProxyFault::repeated_parameter;
    text = "/?" + std::string(*value);
    if (!question.header.parse(text, false).empty()) return ProxyFault::unknown_parameter;
    return read_requirement(question.header.parameters(), question.requirement);
}

// False: the call has failed.
bool read_question(Call& call, Question& question, std::string& text) {
    const http::Request& request = call.request;
    auto fault = question.kind == ProxyKind::envoy
                     ? read_envoy_requirement(request.fields, question, text)
                     : read_requirement(request.target.parameters(), question.requirement);
    if (!fault) fault = read_original(question.kind, request, question.original);
    if (!fault) return true;
    if (call.api.faults->is_due(*fault))
        call.api.log->warn("forward authentication: {} asked {}, which is answered 400: {}",
                           call.who.client.address ? call.who.client.address->to_string() : "local",
                           path_without_tokens(request.target), text_of(*fault));
    call.fail(Problem(ProblemCode::malformed_request, std::string(text_of(*fault))));
    return false;
}

/// A token, and the kinds of sessions that it may be of where it is.
struct Credential {
    std::string_view token;
    SessionKinds kinds;
};
using Credentials = boost::container::static_vector<Credential, 2 * kMaxCookies + 1>;

void add_cookies(const http::Fields& fields, std::string_view name, SessionKinds kinds,
                 Credentials& credentials) {
    for (std::size_t n = 0; n < kMaxCookies; ++n) {
        const auto token = http::find_cookie(fields, name, n);
        if (!token) return;
        credentials.push_back({*token, kinds});
    }
}

// Lifetime: `decoded` outlives what is returned.
Credentials credentials_of(const Call& call, Secret& decoded) {
    const Browser& browser = call.api.browser;
    const http::Fields& fields = call.request.fields;
    Credentials credentials;
    add_cookies(fields, browser.forward_cookie_name(), SessionKind::forward, credentials);
    add_cookies(fields, browser.session_cookie_name(), accounts::kLoginKinds, credentials);
    if (const auto token = authorization_token(fields, decoded))
        credentials.push_back({*token, accounts::kLoginKinds});
    return credentials;
}

// The first valid one counts; otherwise says why the last one is not.
asio::awaitable<result<Principal>> find_caller(Call& call) {
    Secret decoded;
    const Credentials credentials = credentials_of(call, decoded);
    result<Principal> principal = Errc::unauthenticated;
    for (const Credential& one : credentials) {
        const auto known = call.api.accounts.authenticate_now(one.token, one.kinds, &call.caller);
        if (known)
            principal = *known;
        else
            principal = co_await call.api.accounts.authenticate(one.token, one.kinds, &call.caller);
        // A store that cannot be read makes none invalid.
        if (principal || class_of(principal.error()) != ErrorClass::unauthenticated) break;
    }
    co_return principal;
}

// A page of this server, which is to lead back: "/login?rd=".
std::string url_of(std::string_view page, const Call& call, const OriginalRequest& original) {
    std::string url = url_of(original);
    if (url.size() > ForwardDomain::kMaxUrlBytes) url = origin_of(original) + '/';
    std::string text = call.api.browser.public_url();
    text += page;
    protocol::http::append_escaped(url, protocol::http::is_parameter_character, text);
    return text;
}

bool leads_to_pages(const Call& call, const Question& question) {
    return question.requirement.redirects && is_navigation(question.original, call.request.fields);
}

// A store that cannot be read is no reason to log in. `again`: the user is logged in, and has to
// log in again.
void answer_anonymous(Call& call, const Question& question, boost::system::error_code why,
                      bool again = false) {
    const bool leads_to_log_in =
        class_of(why) == ErrorClass::unauthenticated && leads_to_pages(call, question);
    if (leads_to_log_in)
        call.response.add_header(
            "Location",
            url_of(again ? "/login?again=1&rd=" : "/login?rd=", call, question.original));
    // nginx takes a 3xx for a failure.
    if (leads_to_log_in && question.kind != ProxyKind::nginx)
        call.response.status = 302;
    else
        fail(call, why);
}

// A browser gets a page that goes on to one of this server, but no redirect: nobody is let through
// by following it.
void answer_forbidden(Call& call, const Question& question) {
    call.fail(Problem(ProblemCode::forbidden,
                      "the user is logged in, but has neither the group nor the role that this "
                      "application needs"));
    if (!leads_to_pages(call, question)) return;
    const std::string url = url_of("/forbidden?rd=", call, question.original);
    call.response.problem.reset();
    call.response.content_type = "text/html; charset=utf-8";
    call.response.body =
        "<!doctype html>\n<meta charset=\"utf-8\"><title>Not allowed</title>\n"
        "<meta http-equiv=\"refresh\" content=\"0; url=" +
        url +
        "\">\n"
        "<a href=\"" +
        url + "\">This account may not use this application.</a>\n";
}

asio::awaitable<void> answer_question(Call& call, ProxyKind kind) {
    Question question;
    question.kind = kind;
    std::string text;
    if (!read_question(call, question, text)) co_return;
    const auto who = co_await find_caller(call);
    if (!who) co_return answer_anonymous(call, question, who.error());
    const auto& max_age = question.requirement.max_age;
    if (max_age) {
        const auto age = co_await call.api.accounts.age_of_log_in(*who);
        if (!age && age.error() != Errc::session_not_found)
            co_return answer_anonymous(call, question, age.error());
        if (!age || *age > *max_age)
            co_return answer_anonymous(call, question, make_error_code(Errc::session_expired),
                                       true);
    }
    if (call.caller.id != who->id()) {
        auto user = co_await call.api.accounts.view(*who, who->id());
        if (!user)
            co_return answer_anonymous(call, question,
                                       user.error() == Errc::user_not_found
                                           ? make_error_code(Errc::session_revoked)
                                           : user.error());
        call.caller = std::move(*user);
    }
    if (question.requirement.allows(call.caller))
        co_return add_identity(call.caller, call.response);
    answer_forbidden(call, question);
}

// Most questions: the first credential is valid, and allowed. All else is left to
// `answer_question`.
bool answer_question_now(Call& call, ProxyKind kind) {
    Question question;
    question.kind = kind;
    std::string text;
    if (!read_question(call, question, text)) return true;
    if (question.requirement.max_age) return false;
    Secret decoded;
    const Credentials credentials = credentials_of(call, decoded);
    if (credentials.empty()) return false;
    const auto [token, kinds] = credentials.front();
    const auto who = call.api.accounts.authenticate_now(token, kinds, &call.caller);
    const bool is_known = who && *who && call.caller.id == (*who)->id();
    if (!is_known || !question.requirement.allows(call.caller)) return false;
    add_identity(call.caller, call.response);
    return true;
}

template <ProxyKind kind>
asio::awaitable<void> authorize(Call& call) {
    return answer_question(call, kind);
}

template <ProxyKind kind>
bool authorize_now(Call& call) {
    return answer_question_now(call, kind);
}

template <ProxyKind kind>
constexpr Route route(std::string_view path, bool takes_all_below = false) {
    return {
        Method::get,     path, Access::another,    BodyType::none, authorize<kind>, http::kJsonType,
        takes_all_below, {},   authorize_now<kind>};
}

constexpr std::array<Route, 3> kAuthorizeRoutes{
    route<ProxyKind::forwarded>("/v1/authorize"),
    route<ProxyKind::nginx>("/v1/authorize/nginx"),
    route<ProxyKind::envoy>("/v1/authorize/envoy/{path}", true),
};

}  // namespace

constinit const std::span<const Route> authorize_routes = kAuthorizeRoutes;

}  // namespace roster::server
