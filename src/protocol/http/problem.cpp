#include "protocol/http/problem.hpp"

#include "core/json/raw_json.hpp"

#include <algorithm>

namespace roster::protocol::http {
namespace {

using P = ProblemCode;

constexpr std::array<ProblemKind, kProblems> kKinds{{
    {P::malformed_request, "malformed_request", 400, "Malformed request",
     "The request breaks a rule of HTTP/1.1, or its target cannot be decoded.",
     "Correct the client or the proxy in between; `detail` says which rule."},
    {P::malformed_json, "malformed_json", 400, "Malformed JSON",
     "The body is not one JSON value in UTF-8, has a name twice, or exceeds a limit of depth, "
     "members or length.",
     "Correct the body; `detail` says where."},
    {P::invalid_credentials, "invalid_credentials", 401, "Invalid credentials",
     "The user is unknown or the password is wrong; the answer is the same for both.",
     "Ask the user again."},
    {P::session_expired, "session_expired", 401, "Session expired",
     "The session was not used for too long, or has reached the end of its lifetime.",
     "Log in again."},
    {P::session_revoked, "session_revoked", 401, "Session revoked",
     "The session was ended, or its user has a new password or is disabled.", "Log in again."},
    {P::unauthenticated, "unauthenticated", 401, "Not logged in",
     "The request has no session, or one that is unknown.",
     "Log in, and send the token as `Authorization: Bearer`."},
    {P::forbidden, "forbidden", 403, "Forbidden", "The user may not do this.",
     "Ask an administrator."},
    {P::account_disabled, "account_disabled", 403, "Account disabled",
     "An administrator has disabled the account.", "Ask an administrator."},
    {P::sign_up_closed, "sign_up_closed", 403, "Sign-up is closed",
     "Only an administrator can add users.", "Ask an administrator."},
    {P::origin_refused, "origin_refused", 403, "Origin refused",
     "A change by a session cookie came from another origin than the server's public URL.",
     "Send it from the server's own pages, or with a token instead of a cookie."},
    {P::reauthentication_required, "reauthentication_required", 403, "Log in again first",
     "The last log-in of this session is too long ago for this change.",
     "Log in again, and repeat the request."},
    {P::not_found, "not_found", 404, "Not found",
     "Nothing is at this path, or nothing that the user may see.", "Check the path and the id."},
    {P::method_not_allowed, "method_not_allowed", 405, "Method not allowed",
     "The path exists, but not with this method.", "Use a method of the header `Allow`."},
    {P::not_acceptable, "not_acceptable", 406, "Not acceptable",
     "The header `Accept` excludes JSON, which is all there is.",
     "Accept `application/json`, or send no `Accept`."},
    {P::request_timeout, "request_timeout", 408, "Request timeout",
     "The request did not arrive whole in time. Nothing of it was applied.",
     "Send it again on a new connection."},
    {P::email_taken, "email_taken", 409, "E-mail already registered",
     "Another user has this e-mail.", "Use another one, or log in."},
    {P::username_taken, "username_taken", 409, "User name already registered",
     "Another user has this user name.", "Use another one."},
    {P::last_admin, "last_admin", 409, "Last administrator",
     "The last administrator cannot be removed, disabled or demoted.",
     "Make another user an administrator first."},
    {P::precondition_failed, "precondition_failed", 412, "Precondition failed",
     "The user has changed since the `ETag` of `If-Match`.",
     "Read the user again, and repeat the change on what it is now."},
    {P::body_too_large, "body_too_large", 413, "Body too large",
     "The body is longer than the server accepts.", "Send less; `detail` says the limit."},
    {P::target_too_long, "target_too_long", 414, "Target too long",
     "The request line is longer than the server accepts.", "Send a shorter path and query."},
    {P::unsupported_media_type, "unsupported_media_type", 415, "Unsupported media type",
     "The body is of a type that the path does not take.",
     "Send JSON, and say so in `Content-Type`."},
    {P::expectation_failed, "expectation_failed", 417, "Expectation failed",
     "The header `Expect` asks for something other than `100-continue`.",
     "Send no other expectation."},
    {P::validation_failed, "validation_failed", 422, "Invalid request",
     "Members of the body are missing, unknown, of a wrong type or not valid; `errors` names each "
     "by a JSON pointer.",
     "Correct the members that `errors` names."},
    {P::too_many_attempts, "too_many_attempts", 429, "Too many attempts",
     "Too many wrong passwords or sign-ups; the password was not verified.",
     "Wait as long as `Retry-After` says."},
    {P::headers_too_large, "headers_too_large", 431, "Headers too large",
     "The headers are too many or too long.", "Send fewer; cookies are the usual reason."},
    {P::internal, "internal", 500, "Internal error", "The server has a bug; its log says more.",
     "Report it with the `request_id`."},
    {P::not_implemented, "not_implemented", 501, "Not implemented",
     "The method or the transfer coding is not known.", "Use another one."},
    {P::overloaded, "overloaded", 503, "Overloaded",
     "The server has too much to do, or is stopping. Nothing was applied.",
     "Repeat the request after `Retry-After`."},
    {P::store_unavailable, "store_unavailable", 503, "Store unavailable",
     "The store could not write. The change may have happened or not.",
     "Read what is there, then repeat the request."},
    {P::version_not_supported, "version_not_supported", 505, "HTTP version not supported",
     "The request is not HTTP/1.1 or HTTP/1.0.", "Use HTTP/1.1."},
}};

constexpr bool is_in_order() {
    for (std::size_t i = 0; i < kKinds.size(); ++i)
        if (static_cast<std::size_t>(kKinds[i].problem) != i) return false;
    return true;
}
static_assert(is_in_order());

void append_error(const FieldError& error, std::string& out) {
    out += '{';
    append_text_member("pointer", error.pointer, out);
    append_text_member("code", error.code, out);
    append_text_member("detail", error.detail, out);
    if (!error.params.empty()) {
        out += ",\"params\":{";
        for (const auto& [name, value] : error.params)
            append_json_member(name, std::to_string(value), out);
        out += '}';
    }
    out += '}';
}

}  // namespace

const std::array<ProblemKind, kProblems>& problem_kinds() noexcept {
    return kKinds;
}

const ProblemKind& kind_of(ProblemCode problem) noexcept {
    return kKinds[static_cast<std::size_t>(problem)];
}

Problem validation_failed(std::vector<FieldError> errors) {
    const std::size_t count = errors.size();
    Problem problem(
        ProblemCode::validation_failed,
        std::to_string(count) + (count == 1 ? " field is" : " fields are") + " invalid");
    // A small request with many must not make a large answer.
    constexpr std::size_t kMostShown = 64;
    if (count > kMostShown) errors.erase(errors.begin() + kMostShown, errors.end());
    problem.errors = std::move(errors);
    return problem;
}

void append_problem(const Problem& problem, std::string_view instance, std::string_view request_id,
                    std::string& out) {
    const ProblemKind& kind = kind_of(problem.code);
    out += "{\"type\":\"urn:roster:problem:";
    out += kind.code;
    out += '"';
    append_text_member("title", kind.title, out);
    append_json_member("status", std::to_string(kind.status), out);
    append_text_member("code", kind.code, out);
    append_text_member("detail", problem.detail, out);
    if (!instance.empty()) append_text_member("instance", instance, out);
    if (!request_id.empty()) append_text_member("request_id", request_id, out);
    if (!problem.errors.empty()) {
        out += ",\"errors\":[";
        for (const FieldError& error : problem.errors) {
            if (out.back() != '[') out += ',';
            append_error(error, out);
        }
        out += ']';
    }
    out += '}';
}

std::string problems_page() {
    std::string page =
        "# Errors of the HTTP API\n\n"
        "Every error is `application/problem+json` (RFC 9457). `code` says which one it is, "
        "`type`\n"
        "is `urn:roster:problem:` and the code, and `detail` says what is wrong with this "
        "request.\n"
        "This page is generated from the table in `src/protocol/http/problem.cpp`.\n\n"
        "| status | code | what it means | what to do |\n"
        "|---|---|---|---|\n";
    for (const ProblemKind& kind : kKinds) {
        page += "| " + std::to_string(kind.status) + " | `" + std::string(kind.code) + "` | " +
                std::string(kind.meaning) + " | " + std::string(kind.remedy) + " |\n";
    }
    return page;
}

}  // namespace roster::protocol::http
