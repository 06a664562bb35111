// The routes by which administrators look after the server itself.

#include "core/json/raw_json.hpp"
#include "core/text.hpp"
#include "core/time.hpp"
#include "server/http/api.hpp"
#include "server/http/api_problems.hpp"
#include "server/http/request_parts.hpp"

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
using http::Problem;
using http::ProblemCode;

asio::awaitable<void> list_limits(Call& call) {
    const auto limit = read_limit(call, 50);
    if (!limit) co_return;
    std::string after(call.request.target.parameter("cursor").value_or(std::string_view()));
    const auto delays =
        co_await call.api.accounts.delays(call.who.principal, std::move(after), *limit);
    if (!delays) co_return fail(call, delays.error());
    std::string& out = call.response.body;
    out += "{\"items\":[";
    for (const accounts::Delay& delay : delays->items) {
        if (out.back() != '[') out += ',';
        out += "{\"key\":";
        append_json_string(delay.key, out);
        out += ",\"since\":\"" + to_rfc3339(delay.since);
        out += "\",\"until\":\"" + to_rfc3339(delay.until) + "\"}";
    }
    out += "],\"next_cursor\":";
    if (delays->next.empty())
        out += "null";
    else
        append_json_string(delays->next, out);
    out += '}';
}

asio::awaitable<void> forgive(Call& call) {
    std::string key(call.argument);
    const auto forgiven = co_await call.api.accounts.forgive(call.who, std::move(key));
    if (!forgiven)
        fail(call, forgiven.error());
    else if (*forgiven)
        call.response.status = 204;
    else
        call.fail(Problem(ProblemCode::not_found, "nothing is counted by this key"));
}

// A text that has to be equal; false if the parameter is another one.
bool read_audit_text(const http::Target::Parameter& given, AuditQuery& query) {
    constexpr std::array<std::pair<std::string_view, std::string AuditQuery::*>, 6> kTexts{
        {{"actor", &AuditQuery::actor},
         {"action", &AuditQuery::action},
         {"outcome", &AuditQuery::outcome},
         {"address", &AuditQuery::address},
         {"request_id", &AuditQuery::request_id},
         {"cursor", &AuditQuery::cursor}}};
    for (const auto& [name, member] : kTexts) {
        if (given.name != name) continue;
        query.*member = std::string(given.value);
        return true;
    }
    return false;
}

// `nullopt`: the call has failed.
std::optional<AuditQuery> read_audit_query(Call& call) {
    AuditQuery query;
    const auto limit = read_limit(call, query.limit);
    if (!limit) return std::nullopt;
    query.limit = *limit;
    std::vector<FieldError> errors;
    for (const auto& given : call.request.target.parameters()) {
        if (given.name == "limit" || read_audit_text(given, query)) continue;
        if (given.name != "since" && given.name != "until") {
            errors.emplace_back(http::json_pointer(given.name), "unknown_member",
                                "is not known here");
            continue;
        }
        const auto time = parse_rfc3339(given.value);
        (given.name == "since" ? query.since : query.until) = time;
        if (!time)
            errors.emplace_back(http::json_pointer(given.name), "invalid_value",
                                "must be a time like 2026-11-22T09:00:00Z");
    }
    if (errors.empty()) return query;
    call.fail(http::validation_failed(std::move(errors)));
    return std::nullopt;
}

asio::awaitable<void> list_audit(Call& call) {
    const auto query = read_audit_query(call);
    if (!query) co_return;
    if (!call.api.read_audit)
        co_return call.fail(Problem(ProblemCode::not_implemented, "the audit log is in no file"));
    const auto job = [&api = call.api, &query] { return api.read_audit(*query); };
    const auto page = co_await call.api.blocking.run(job);
    const auto may = co_await call.api.accounts.still_may(call.who.principal);
    if (!may) co_return fail(call, may.error());
    if (!page && page.error() == Errc::invalid_request)
        co_return call.fail(http::validation_failed(
            {FieldError("/cursor", "invalid", "is not a cursor of this list")}));
    if (!page) co_return fail(call, page.error());
    std::string& out = call.response.body;
    out += "{\"items\":[";
    for (const std::string& line : page->lines) {
        if (out.back() != '[') out += ',';
        out += line;
    }
    out += "],\"next_cursor\":";
    out += page->next_cursor.empty() ? "null" : '"' + page->next_cursor + '"';
    out += '}';
}

asio::awaitable<void> view_config(Call& call) {
    std::string& out = call.response.body;
    out += "{\"items\":[";
    for (const ServerSetting& setting : call.api.settings) {
        if (out.back() != '[') out += ',';
        out += '{';
        append_text_member("name", setting.name, out);
        if (setting.value)
            append_text_member("value", *setting.value, out);
        else
            append_json_member("value", "null", out);
        append_text_member("source", setting.source, out);
        out += '}';
    }
    out += "]}";
    co_return;
}

using http::Method;

constexpr std::array<Route, 4> kAdminRoutes{{
    {Method::get, "/v1/audit", Access::admin, BodyType::none, list_audit, http::kJsonType, false,
     kReadsParameters},
    {Method::get, "/v1/config", Access::admin, BodyType::none, view_config},
    {Method::get, "/v1/limits", Access::admin, BodyType::none, list_limits, http::kJsonType, false,
     "limit cursor"},
    {Method::delete_, "/v1/limits/{key}", Access::admin, BodyType::none, forgive},
}};

}  // namespace

constinit const std::span<const Route> admin_routes = kAdminRoutes;

}  // namespace roster::server
