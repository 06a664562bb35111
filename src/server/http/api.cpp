#include "server/http/api.hpp"

#include "core/text.hpp"
#include "protocol/http/header_values.hpp"
#include "protocol/syntax.hpp"
#include "server/http/api_problems.hpp"
#include "server/http/browser.hpp"
#include "server/http/routing.hpp"
#include "server/net/spare_buffers.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace roster::server {
namespace {

namespace asio = boost::asio;
namespace http = protocol::http;
using accounts::ClientInfo;
using accounts::Principal;
using http::Method;
using http::Problem;
using http::ProblemCode;
using std::chrono::steady_clock;

// A browser that a person looks at; programs do not name this type.
bool asks_for_page(const http::Request& request) noexcept {
    const auto accept = request.fields.find("Accept");
    return accept && accept->find("text/html") != accept->npos;
}

// A path or a method without a route. A proxy takes every 2xx for a permission.
void answer_without_route(const FoundRoute& found, const http::Request& request,
                          http::Response& response) {
    if (found.methods == 0)
        return response.fail(Problem(ProblemCode::not_found, "nothing is at this path"));
    response.add_header("Allow", allow_of(found.methods, !found.is_about_another));
    if (request.method == Method::options && !found.is_about_another)
        response.status = 204;
    else
        response.fail(Problem(ProblemCode::method_not_allowed,
                              "the path exists, but not with this method; see Allow"));
}

std::string_view media_type_of(BodyType type) noexcept {
    switch (type) {
        case BodyType::merge_patch: return "application/merge-patch+json";
        case BodyType::lines: return kLinesType;
        case BodyType::form: return http::kFormType;
        case BodyType::none:
        case BodyType::json: break;
    }
    return http::kJsonType;
}

bool has_word(std::string_view words, std::string_view word) {
    while (!words.empty()) {
        const std::string_view first = words.substr(0, words.find(' '));
        if (first == word) return true;
        words.remove_prefix(std::min(first.size() + 1, words.size()));
    }
    return false;
}

// What is misspelt must not count as absent, nor one of two as the only one.
// False: the call has failed.
bool check_parameters(Call& call, const Route& route) {
    if (!route.path.starts_with("/v1/")) return true;
    std::vector<http::FieldError> errors;
    const auto& given = call.request.target.parameters();
    for (auto parameter = given.begin(); parameter != given.end(); ++parameter) {
        const std::string_view name = parameter->name;
        const auto has_name = [name](const auto& other) { return other.name == name; };
        if (route.parameters != kReadsParameters && !has_word(route.parameters, name))
            errors.emplace_back(http::json_pointer(name), "unknown_member", "is not known here");
        else if (std::any_of(given.begin(), parameter, has_name))
            errors.emplace_back(http::json_pointer(name), "repeated", "is there twice");
    }
    if (errors.empty()) return true;
    call.fail(http::validation_failed(std::move(errors)));
    return false;
}

// False: the call has failed.
bool read_body(Call& call, BodyType type) {
    if (type == BodyType::none) return true;
    std::size_t i = 0;
    const auto content_type = call.request.fields.find_from(i, "Content-Type");
    if (call.request.fields.find_from(i, "Content-Type")) {
        call.fail(Problem(ProblemCode::malformed_request, "Content-Type is there twice"));
        return false;
    }
    const std::string_view wanted = media_type_of(type);
    const bool is_wanted =
        content_type &&
        (http::is_media_type(*content_type, wanted) ||
         (type == BodyType::merge_patch && http::is_media_type(*content_type, http::kJsonType)));
    if (!is_wanted) {
        call.fail(Problem(ProblemCode::unsupported_media_type,
                          "send Content-Type: " + std::string(wanted)));
        return false;
    }
    if (type == BodyType::lines) return true;
    auto problem = type == BodyType::form ? call.form.read(call.request.body)
                                          : call.body.read(call.request.body);
    if (!problem) return true;
    call.fail(std::move(*problem));
    return false;
}

bool changes(const http::Request& request) noexcept {
    return request.method != Method::get && request.method != Method::head;
}

// False: the call has failed.
bool takes_answer(Call& call, const Route& route) {
    // What is read is in no audit log.
    if (changes(call.request)) call.who.client.request_id = call.request.request_id;
    call.response.content_type = route.answer_type;
    if (http::accepts(call.request.fields, route.answer_type)) return true;
    call.fail(
        Problem(ProblemCode::not_acceptable, "the answer is " + std::string(route.answer_type)));
    return false;
}

// The token of "Bearer TOKEN"; empty if it is something else.
std::string_view bearer_token(std::string_view authorization) noexcept {
    constexpr std::string_view kScheme = "Bearer ";
    if (!equals_ignoring_case(authorization.substr(0, kScheme.size()), kScheme)) return {};
    return protocol::trimmed(authorization.substr(kScheme.size()));
}

// "hash;dur=21.402": milliseconds.
void append_time(std::string_view name, std::chrono::nanoseconds time, std::string& out) {
    const auto microseconds =
        static_cast<std::uint64_t>(std::chrono::floor<std::chrono::microseconds>(time).count());
    if (!out.empty()) out += ", ";
    out.append(name).append(";dur=");
    protocol::append_decimal(microseconds / 1000, out);
    out += '.';
    for (const std::uint64_t digit : {100U, 10U, 1U})
        out += static_cast<char>('0' + microseconds / digit % 10);
}

// Source: W3C Server Timing.
std::string server_timing(std::chrono::nanoseconds hash, std::chrono::nanoseconds store,
                          std::chrono::nanoseconds total) {
    std::string text;
    append_time("hash", hash, text);
    append_time("store", store, text);
    append_time("total", total, text);
    return text;
}

// The memory of a user's e-mail is the thread's.
class LentEmail {
  public:
    explicit LentEmail(User& user) : user_(user) {
        SpareBuffers::of_this_thread().lend(user.email);
    }
    ~LentEmail() { SpareBuffers::of_this_thread().take_back(user_.email); }
    LentEmail(const LentEmail&) = delete;
    LentEmail& operator=(const LentEmail&) = delete;

  private:
    User& user_;
};

// On the admin socket, without a session: who may open it may do everything.
accounts::RequestContext context_of(const PeerAddress& peer) {
    const bool is_local = !peer;
    return accounts::RequestContext(is_local ? Principal::local_operator() : Principal::anonymous(),
                                    ClientInfo(is_local ? Channel::local : Channel::api, peer));
}

}  // namespace

// False: the call has failed.
bool Api::find_token(Call& call, ShownToken& shown) const {
    const http::Request& request = call.request;
    if (shown.may_be_header) {
        std::size_t i = 0;
        shown.token = request.fields.find_from(i, "Authorization");
        if (shown.token && request.fields.find_from(i, "Authorization")) {
            call.fail(Problem(ProblemCode::malformed_request, "Authorization is there twice"));
            return false;
        }
        if (shown.token) shown.token = bearer_token(*shown.token);
    }
    if (shown.token || call.who.principal.is_operator()) return true;
    shown.token = context_.browser.session_token(request.fields);
    shown.is_cookie = shown.token.has_value();
    if (!shown.is_cookie || !changes(request) || context_.browser.is_own_page(request.fields))
        return true;
    refuse_origin(call);
    return false;
}

// Sets the principal. False: the call has failed.
bool Api::admit(Call& call, Access access, const ShownToken& shown,
                const result<Principal>& principal) {
    if (principal) {
        call.who.principal = *principal;
        call.by_cookie = shown.is_cookie;
    } else if (access != Access::anyone || (shown.token && !shown.is_cookie)) {
        // A browser goes on sending a cookie that has ended: logging in again must be possible.
        const bool is_unknown = shown.token && principal.error() == Errc::unauthenticated;
        fail(call, principal.error(), {},
             is_unknown ? "the token is not known here; log in again" : "");
        return false;
    }
    if (access != Access::admin || call.who.principal.is_admin()) return true;
    fail(call, make_error_code(Errc::forbidden));
    return false;
}

// As `identify`; nullopt if the store has to be asked.
std::optional<bool> Api::identify_now(Call& call, Access access, ShownToken& shown) const {
    if (!find_token(call, shown)) return false;
    if (!shown.token) {
        const Principal& who = call.who.principal;
        return admit(call, access, shown,
                     who.is_operator() ? result<Principal>(who) : Errc::unauthenticated);
    }
    const auto principal =
        context_.accounts.authenticate_now(*shown.token, accounts::kLoginKinds, &call.caller);
    if (!principal) return std::nullopt;
    return admit(call, access, shown, *principal);
}

// Finds out who asks, and whether they may. False: the call has failed.
asio::awaitable<bool> Api::identify(Call& call, Access access, ShownToken shown) const {
    if (const auto identified = identify_now(call, access, shown)) co_return *identified;
    const auto principal =
        co_await context_.accounts.authenticate(*shown.token, accounts::kLoginKinds, &call.caller);
    co_return admit(call, access, shown, principal);
}

// Whatever is wrong, a page says it, but to those who take none.
asio::awaitable<void> Api::answer_page(Call& call, const Route& route) const {
    if (!takes_answer(call, route)) co_return;
    if (changes(call.request) && !context_.browser.is_own_page(call.request.fields)) {
        refuse_origin(call);
    } else {
        ShownToken cookie;
        cookie.may_be_header = false;
        const bool identified = co_await identify(call, Access::anyone, cookie);
        if (identified && read_body(call, route.body)) co_await route.handler(call);
    }
    if (call.response.problem) context_.pages.show_problem(call);
}

// What most requests are: they pay for no coroutine.
bool Api::answer_now(const Request& request, const PeerAddress& peer, Response& response) {
    const FoundRoute found = find_route(request);
    if (found.route == nullptr || found.route->handler_now == nullptr) return false;
    if (!found.is_about_another && context_.browser.answer_foreign_page(request, response))
        return true;
    Call call{context_, request, response, context_of(peer), found.argument, {}};
    const LentEmail lent(call.caller);
    response.route = found.route->path;
    if (!found.is_about_another) {
        if (!takes_answer(call, *found.route)) return true;
        ShownToken shown;
        const auto identified = identify_now(call, found.route->access, shown);
        if (!identified) return false;
        if (!*identified || !check_parameters(call, *found.route) ||
            !read_body(call, found.route->body))
            return true;
    }
    return !call.who.principal.is_admin() && found.route->handler_now(call);
}

asio::awaitable<void> Api::answer(const Request& request, const PeerAddress& peer,
                                  Response& response) {
    FoundRoute found = find_route(request);
    const bool is_of_api = found.methods != 0;
    const bool has_pages = peer && !is_of_api && !context_.pages.routes.empty();
    if (has_pages) find_route(request, context_.pages.routes, found);
    if (!found.is_about_another && context_.browser.answer_foreign_page(request, response))
        co_return;
    Call call{context_, request, response, context_of(peer), found.argument, {}};
    const LentEmail lent(call.caller);
    if (found.route == nullptr) {
        answer_without_route(found, request, response);
        if (has_pages && response.problem && asks_for_page(request))
            context_.pages.show_problem(call);
        co_return;
    }
    response.route = found.route->path;
    if (!is_of_api) {
        co_await answer_page(call, *found.route);
        co_return;
    }
    if (!found.is_about_another) {
        // What the headers of the caller's own request say.
        if (!takes_answer(call, *found.route)) co_return;
        ShownToken shown;
        const bool identified = co_await identify(call, found.route->access, shown);
        if (!identified || !check_parameters(call, *found.route) ||
            !read_body(call, found.route->body))
            co_return;
    }
    if (!call.who.principal.is_admin()) {
        co_await found.route->handler(call);
        co_return;
    }
    std::chrono::nanoseconds hash_time{};
    call.who.hash_time = &hash_time;
    const auto handled = steady_clock::now();
    co_await found.route->handler(call);
    const auto now = steady_clock::now();
    response.add_header("Server-Timing", server_timing(hash_time, now - handled - hash_time,
                                                       now - request.begun_at));
}

bool Api::is_about_another(const Request& request) const {
    return find_route(request).is_about_another;
}

asio::awaitable<std::size_t> Api::body_limit(const Request& request, const PeerAddress& peer,
                                             std::size_t usual) {
    const FoundRoute found = find_route(request);
    if (found.route == nullptr || found.route->body != BodyType::lines) co_return usual;
    http::Response unused;
    Call call{context_, request, unused, context_of(peer), found.argument, {}};
    const ShownToken shown;
    const bool identified = co_await identify(call, found.route->access, shown);
    co_return identified ? std::max(usual, kMaxLinesBytes) : usual;
}

}  // namespace roster::server
