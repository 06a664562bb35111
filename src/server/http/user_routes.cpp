// The routes of users.

#include "core/json/json_parser.hpp"
#include "core/json/merge_patch.hpp"
#include "core/json/user_json.hpp"
#include "core/time.hpp"
#include "core/user_profile.hpp"
#include "protocol/http/header_values.hpp"
#include "server/http/api.hpp"
#include "server/http/api_problems.hpp"
#include "server/http/documents.hpp"
#include "server/http/repeated_requests.hpp"
#include "server/http/request_parts.hpp"

#include <array>
#include <limits>
#include <string>
#include <utility>

namespace roster::server {
namespace {

namespace asio = boost::asio;
namespace http = protocol::http;
using accounts::AccountChange;
using accounts::NewAccount;
using http::FieldError;
using http::Need;
using http::Problem;
using http::ProblemCode;

void answer_with(const User& user, unsigned status, Call& call) {
    call.response.status = status;
    call.response.add_header("ETag", etag_of(user));
    append_user_document(user, call.response.body);
}

// Another user's id looks like none to an ordinary user. `nullopt`: the call has failed.
std::optional<UserId> find_target(Call& call) {
    const accounts::Principal& who = call.who.principal;
    const auto id = call.argument == "me" ? std::optional(who.id()) : parse_decimal(call.argument);
    if (id && *id != 0 && (who.is_admin() || who.is_user(*id))) return id;
    fail(call, make_error_code(Errc::user_not_found));
    return std::nullopt;
}

// null means nothing here: it is no way to leave a member as it is.
void refuse_null(http::JsonBody& body, std::string_view name) {
    if (body.is_null(name))
        body.refuse({http::json_pointer(name), "wrong_type", "must not be null"});
}

std::optional<Role> read_role(http::JsonBody& body) {
    const auto text = body.string("role");
    if (!text) return std::nullopt;
    auto role = parse_role(*text);
    if (!role) body.refuse({"/role", "unknown_value", "must be \"admin\" or \"user\""});
    return role;
}

// The codec's own words.
void refuse_value(http::JsonBody& body, std::string_view name) {
    const UserMemberRow* row = find_user_member(name);
    body.refuse({http::json_pointer(name), "invalid_value", std::string(row->rule)});
}

// A member of the profile: null makes it empty.
std::optional<std::string> read_text(http::JsonBody& body, std::string_view name,
                                     bool (*is_valid)(std::string_view) noexcept) {
    if (body.is_null(name)) return std::string();
    auto text = body.string(name);
    if (text && !is_valid(*text)) refuse_value(body, name);
    return text;
}

ProfileChange read_profile(http::JsonBody& body) {
    ProfileChange profile;
    profile.username = read_text(body, "username", is_username);
    profile.name = read_text(body, "name", is_display_name);
    profile.locale = read_text(body, "locale", is_locale);
    profile.groups = body.is_null("groups") ? std::vector<std::string>() : body.strings("groups");
    if (profile.groups) {
        UserProfile groups;
        groups.groups = *profile.groups;
        if (!storable_profile(std::move(groups))) refuse_value(body, "groups");
    }
    if (body.is_null("email_verified_at")) profile.email_verified_at.emplace();
    const auto verified_at = body.string("email_verified_at");
    if (verified_at) {
        const auto time = parse_rfc3339(*verified_at);
        profile.email_verified_at.emplace(time);
        if (!time || !is_storable_time(*time)) refuse_value(body, "email_verified_at");
    }
    return profile;
}

asio::awaitable<void> sign_up(Call& call) {
    http::JsonBody& body = call.body;
    auto email = body.string("email", Need::required);
    // An administrator may invite somebody: nobody knows the password, until a link sets one.
    const bool may_invite = call.who.principal.is_admin();
    auto password = body.secret("password", may_invite ? Need::optional : Need::required);
    if (!password && may_invite) password = accounts::new_session_token();
    const auto role = read_role(body);
    const auto disabled = body.boolean("disabled");
    const ProfileChange profile = read_profile(body);
    auto metadata = body.object("metadata");
    if (!finish_body(call)) co_return;
    const bool names_privileges =
        role || disabled || metadata || profile.groups || profile.email_verified_at;
    if (names_privileges && !call.who.principal.is_admin())
        co_return fail(call, make_error_code(Errc::forbidden), {},
                       "only an administrator gives a role, groups, metadata and the like");
    if (!call.api.sign_up_is_open && !call.who.principal.is_admin())
        co_return call.fail(
            Problem(ProblemCode::sign_up_closed, "an administrator adds the users here"));
    NewAccount account(std::move(*email), std::move(*password), role.value_or(Role::user));
    account.profile = changed_profile(UserProfile(), profile);
    account.disabled = disabled.value_or(false);
    if (metadata) account.metadata = std::move(*metadata);
    const auto user = co_await call.api.accounts.sign_up(call.who, std::move(account));
    if (!user) co_return fail(call, user);
    call.response.add_header("Location", "/v1/users/" + std::to_string(user->id));
    answer_with(*user, 201, call);
}

// The answer to a key that was used before. False: it is new.
bool answer_again(Call& call, RepeatedRequests::Found found) {
    switch (found.state) {
        case RepeatedRequests::State::fresh: return false;
        case RepeatedRequests::State::answered: call.response = std::move(found.answer); break;
        case RepeatedRequests::State::other_body:
            call.fail(http::validation_failed(
                {FieldError("", "key_used",
                            "the Idempotency-Key was used with another body; take a new one")}));
            break;
        case RepeatedRequests::State::running:
            call.fail(Problem(ProblemCode::overloaded, "the first request is still under way"));
            break;
    }
    return true;
}

// With an Idempotency-Key a sign-up that was done is not done again.
asio::awaitable<void> sign_up_once(Call& call) {
    constexpr std::size_t kMaxKeyBytes = 255;
    const auto key = call.request.fields.find("Idempotency-Key");
    if (!key) {
        co_await sign_up(call);
        co_return;
    }
    if (key->empty() || key->size() > kMaxKeyBytes)
        co_return call.fail(
            Problem(ProblemCode::malformed_request, "an Idempotency-Key has 1 to 255 characters"));
    RepeatedRequests& repeated = call.api.repeated;
    // Everybody who is not logged in is one; no user has this number.
    const bool is_operator = call.who.principal.is_operator();
    const UserId asker = is_operator ? std::numeric_limits<UserId>::max() : call.who.principal.id();
    // An answer names the origin of the page that it is for.
    std::string scope(*key);
    scope.append("\n").append(call.request.fields.find("Origin").value_or(std::string_view()));
    if (answer_again(
            call, repeated.begin(asker, scope, call.request.body, RepeatedRequests::Clock::now())))
        co_return;
    RepeatedRequests::Turn turn(repeated, asker, scope);
    co_await sign_up(call);
    if (call.response.status == 201) turn.keep(call.response);
}

bool has_conditions(const http::Fields& fields) {
    return fields.find("If-Match") || fields.find("If-None-Match");
}

// Source: RFC 9110 §13.2.2. False: the call has failed.
bool check_conditions(Call& call, const User& user, bool reads) {
    if (!has_conditions(call.request.fields)) return true;
    const std::string etag = etag_of(user);
    const http::EtagMatch match = http::if_match(call.request.fields, etag);
    const http::EtagMatch none_match = http::if_none_match(call.request.fields, etag);
    if (match == http::EtagMatch::malformed || none_match == http::EtagMatch::malformed) {
        call.fail(Problem(ProblemCode::malformed_request,
                          "If-Match or If-None-Match is not a list of entity tags"));
        return false;
    }
    if (match != http::EtagMatch::differs && none_match != http::EtagMatch::matches) return true;
    if (match == http::EtagMatch::differs || !reads) {
        fail(call, make_error_code(Errc::revision_mismatch));
        return false;
    }
    call.response.status = 304;
    call.response.add_header("ETag", etag);
    return false;
}

// Of a change: the revision that the conditions hold for. False: the call has failed.
asio::awaitable<bool> check_conditions(Call& call, UserId id, std::optional<Revision>& expected) {
    if (!has_conditions(call.request.fields)) co_return true;
    const auto user = co_await call.api.accounts.view(call.who.principal, id);
    if (!user) {
        fail(call, user.error());
        co_return false;
    }
    expected = user->revision;
    co_return check_conditions(call, *user, false);
}

void show_user(Call& call, const User& user) {
    if (check_conditions(call, user, true)) answer_with(user, 200, call);
}

asio::awaitable<void> view_user(Call& call) {
    const auto id = find_target(call);
    if (!id) co_return;
    const auto user = co_await call.api.accounts.view(call.who.principal, *id);
    if (user)
        show_user(call, *user);
    else
        fail(call, user.error());
}

// Callers who ask for themselves are at hand, if the store has them.
bool view_user_now(Call& call) {
    const auto id = find_target(call);
    if (!id) return true;
    if (call.caller.id != *id) return false;
    show_user(call, call.caller);
    return true;
}

asio::awaitable<void> modify_user(Call& call) {
    const auto id = find_target(call);
    if (!id) co_return;
    AccountChange change;
    for (const std::string_view name : {"email", "role", "disabled"})
        refuse_null(call.body, name);
    change.email = call.body.string("email");
    change.role = read_role(call.body);
    change.disabled = call.body.boolean("disabled");
    change.profile = read_profile(call.body);
    change.metadata = call.body.is_null("metadata") ? "{}" : call.body.object("metadata");
    change.merges_metadata =
        !call.body.is_null("metadata") && call.request.target.parameter("metadata") != "replace";
    if (!finish_body(call)) co_return;
    const bool matches = co_await check_conditions(call, *id, change.expected);
    if (!matches) co_return;
    const bool changes_identity = change.email || change.profile.username;
    const auto user = co_await call.api.accounts.modify(call.who, *id, std::move(change));
    if (user)
        answer_with(*user, 200, call);
    else if (user.error() == Errc::forbidden)
        fail(call, user.error(), {},
             changes_identity ? "only an administrator changes these: a role, groups, metadata and "
                                "the like, and with --identity-changes admins e-mails and usernames"
                              : "only an administrator changes a role, groups, metadata and the "
                                "like");
    else
        fail(call, user);
}

asio::awaitable<void> erase_user(Call& call) {
    const auto id = find_target(call);
    if (!id) co_return;
    std::optional<Revision> expected;
    const bool matches = co_await check_conditions(call, *id, expected);
    if (!matches) co_return;
    const auto user = co_await call.api.accounts.erase(call.who, *id, expected);
    if (user)
        call.response.status = 204;
    else
        fail(call, user.error());
}

asio::awaitable<void> change_password(Call& call) {
    const auto id = find_target(call);
    if (!id) co_return;
    const bool is_own = call.who.principal.is_user(*id);
    auto replacement = call.body.secret("new_password", Need::required);
    auto current = call.body.secret("current_password", is_own ? Need::required : Need::optional);
    const auto keeps = call.body.boolean("keep_other_sessions");
    if (!finish_body(call)) co_return;
    accounts::PasswordChange change(std::move(*replacement));
    const bool matches = co_await check_conditions(call, *id, change.expected);
    if (!matches) co_return;
    change.current_password = std::move(current);
    change.keep_other_sessions = keeps.value_or(false);
    const auto user = co_await call.api.accounts.change_password(call.who, *id, std::move(change));
    if (user)
        call.response.status = 204;
    else
        fail(call, user, "new_password");
    // There is no question of an e-mail.
    if (!user && user.error() == Errc::invalid_credentials)
        call.response.problem->detail = "the current password is wrong";
}

using http::Method;

constexpr std::array<Route, 5> kUserRoutes{{
    {Method::post, "/v1/users", Access::anyone, BodyType::json, sign_up_once},
    {Method::get,
     "/v1/users/{id}",
     Access::user,
     BodyType::none,
     view_user,
     http::kJsonType,
     false,
     {},
     view_user_now},
    {Method::patch, "/v1/users/{id}", Access::user, BodyType::merge_patch, modify_user,
     http::kJsonType, false, "metadata"},
    {Method::delete_, "/v1/users/{id}", Access::user, BodyType::none, erase_user},
    {Method::put, "/v1/users/{id}/password", Access::user, BodyType::json, change_password},
}};

}  // namespace

constinit const std::span<const Route> user_routes = kUserRoutes;

}  // namespace roster::server
