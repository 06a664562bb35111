#include "protocol/http/problem.hpp"

#include "core/json/raw_json.hpp"

#include <algorithm>

namespace roster::protocol::http {
namespace {

using P = ProblemCode;

constexpr std::array<ProblemKind, kProblems> kKinds{{
    {P::malformed_request, "malformed_request", 400, "Malformed request"},
    {P::malformed_json, "malformed_json", 400, "Malformed JSON"},
    {P::invalid_credentials, "invalid_credentials", 401, "Invalid credentials"},
    {P::session_expired, "session_expired", 401, "Session expired"},
    {P::session_revoked, "session_revoked", 401, "Session revoked"},
    {P::unauthenticated, "unauthenticated", 401, "Not logged in"},
    {P::forbidden, "forbidden", 403, "Forbidden"},
    {P::account_disabled, "account_disabled", 403, "Account disabled"},
    {P::sign_up_closed, "sign_up_closed", 403, "Sign-up is closed"},
    {P::origin_refused, "origin_refused", 403, "Origin refused"},
    {P::reauthentication_required, "reauthentication_required", 403, "Log in again first"},
    {P::not_found, "not_found", 404, "Not found"},
    {P::method_not_allowed, "method_not_allowed", 405, "Method not allowed"},
    {P::not_acceptable, "not_acceptable", 406, "Not acceptable"},
    {P::request_timeout, "request_timeout", 408, "Request timeout"},
    {P::email_taken, "email_taken", 409, "E-mail already registered"},
    {P::username_taken, "username_taken", 409, "User name already registered"},
    {P::last_admin, "last_admin", 409, "Last administrator"},
    {P::precondition_failed, "precondition_failed", 412, "Precondition failed"},
    {P::body_too_large, "body_too_large", 413, "Body too large"},
    {P::target_too_long, "target_too_long", 414, "Target too long"},
    {P::unsupported_media_type, "unsupported_media_type", 415, "Unsupported media type"},
    {P::expectation_failed, "expectation_failed", 417, "Expectation failed"},
    {P::validation_failed, "validation_failed", 422, "Invalid request"},
    {P::too_many_attempts, "too_many_attempts", 429, "Too many attempts"},
    {P::headers_too_large, "headers_too_large", 431, "Headers too large"},
    {P::internal, "internal", 500, "Internal error"},
    {P::not_implemented, "not_implemented", 501, "Not implemented"},
    {P::overloaded, "overloaded", 503, "Overloaded"},
    {P::store_unavailable, "store_unavailable", 503, "Store unavailable"},
    {P::version_not_supported, "version_not_supported", 505, "HTTP version not supported"},
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

}  // namespace roster::protocol::http
