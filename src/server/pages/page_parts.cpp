#include "server/pages/page_parts.hpp"

#include "server/http/browser.hpp"

#include <utility>

namespace roster::server {
namespace {

namespace http = protocol::http;
using http::ProblemCode;

// `same-origin`: with `no-referrer` browsers would not say where a form comes from.
constexpr std::string_view kPagePolicy =
    "Cache-Control: no-store\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Content-Security-Policy: default-src 'none'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "Referrer-Policy: same-origin\r\n"
    "Vary: Accept-Language, Cookie\r\n";

std::string wait_text(const Texts& texts, std::chrono::seconds wait) {
    const bool is_long = wait > std::chrono::minutes(2);
    const auto count = is_long ? std::chrono::ceil<std::chrono::minutes>(wait).count()
                               : std::max<std::chrono::seconds::rep>(wait.count(), 1);
    return texts.get(is_long ? "wait_minutes" : "wait_seconds", {{"count", std::to_string(count)}});
}

std::string field_text(const Texts& texts, const http::FieldError& error) {
    if (error.pointer == "/email") return texts.get("email_invalid");
    const std::string key = "password_" + std::string(error.code);
    const std::string min = error.params.empty() ? "" : std::to_string(error.params[0].second);
    return texts.get(texts.has(key) ? key : "password_invalid", {{"min", min}});
}

}  // namespace

const Texts& texts_of(const Call& call) {
    return Texts::of(call.request.fields);
}

void show(Call& call, std::string_view page, std::string_view title, View view) {
    const Texts& texts = texts_of(call);
    const std::string& url = call.api.browser.public_url();
    view.set("lang", texts.language()).set("title", texts.get(title));
    view.set("host", std::string_view(url).substr(url.find("://") + 3));
    view.set("style", style_path()).set("icon", icon_path());
    call.response.content_type = kPageType;
    call.response.policy = kPagePolicy;
    call.response.body = render(page, view, texts);
}

void go_to(Call& call, std::string_view location, unsigned status) {
    call.response.status = status;
    call.response.policy = kPagePolicy;
    call.response.add_header("Location", location);
}

std::string take_problem(Call& call, std::chrono::seconds wait) {
    const Texts& texts = texts_of(call);
    const http::Problem problem = std::move(*call.response.problem);
    call.response.problem.reset();
    switch (problem.code) {
        case ProblemCode::validation_failed: return field_text(texts, problem.errors.front());
        case ProblemCode::too_many_attempts:
            return texts.get("problem_too_many_attempts", {{"wait", wait_text(texts, wait)}});
        case ProblemCode::origin_refused:
            if (!call.api.browser.can_be_opened()) return texts.get("problem_no_public_url");
            return texts.get("problem_origin_refused", {{"origin", call.api.browser.public_url()}});
        case ProblemCode::email_taken: return texts.get("email_taken");
        case ProblemCode::session_revoked:
        case ProblemCode::unauthenticated: return texts.get("problem_session_expired");
        case ProblemCode::precondition_failed: return texts.get("problem_revision_mismatch");
        case ProblemCode::unsupported_media_type: return texts.get("problem_malformed_request");
        default: break;
    }
    const std::string key = "problem_" + std::string(http::kind_of(problem.code).code);
    return texts.get(texts.has(key) ? key : "problem_internal");
}

void show_problem(Call& call) {
    const bool is_elsewhere = call.response.problem->code == ProblemCode::origin_refused &&
                              call.api.browser.can_be_opened();
    View view;
    view.set("error", take_problem(call));
    View link;
    // The same page under the name that counts.
    const std::string& url = call.api.browser.public_url();
    link.set("href", is_elsewhere ? url + "/" : "/");
    link.set("text", is_elsewhere ? url : texts_of(call).get("to_start"));
    view.set("link", std::move(link));
    show(call, "links", "problem_title", std::move(view));
}

View& add_password_rules(const Call& call, View& view) {
    const auto& policy = call.api.accounts.policy(call.who.client.channel);
    const std::string min = std::to_string(policy.min_characters());
    return view.set("min", min)
        .set("password_hint", texts_of(call).get("password_hint", {{"min", min}}));
}

}  // namespace roster::server
