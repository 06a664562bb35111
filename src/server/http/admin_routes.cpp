// The routes by which administrators look after the server itself.

#include "core/json/raw_json.hpp"
#include "core/text.hpp"
#include "core/time.hpp"
#include "server/http/api.hpp"
#include "server/http/api_problems.hpp"

#include <array>
#include <string>
#include <utility>

namespace roster::server {
namespace {

namespace asio = boost::asio;
namespace http = protocol::http;
using http::FieldError;
using http::Problem;
using http::ProblemCode;

constexpr std::size_t kMostItems = 500;

// ?limit=, from 1 to 500. `nullopt`: the call has failed.
std::optional<std::size_t> read_limit(Call& call, std::size_t otherwise) {
    const auto given = call.request.target.parameter("limit");
    if (!given) return otherwise;
    const auto limit = parse_decimal(*given);
    if (limit && *limit >= 1 && *limit <= kMostItems) return limit;
    call.fail(http::validation_failed(
        {FieldError("/limit", "out_of_range", "must be a whole number from 1 to 500")}));
    return std::nullopt;
}

asio::awaitable<void> list_limits(Call& call) {
    const auto limit = read_limit(call, 50);
    if (!limit) co_return;
    const auto after = call.request.target.parameter("cursor").value_or(std::string_view());
    const auto delays = call.api.accounts.delays(call.who.principal, after, *limit);
    if (!delays) {
        fail(call, delays.error());
        co_return;
    }
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

asio::awaitable<void> view_config(Call& call) {
    std::string& out = call.response.body;
    out += "{\"items\":[";
    for (const ServerSetting& setting : call.api.settings) {
        if (out.back() != '[') out += ',';
        out += "{\"name\":";
        append_json_string(setting.name, out);
        out += ",\"value\":";
        if (setting.value)
            append_json_string(*setting.value, out);
        else
            out += "null";
        out += ",\"source\":";
        append_json_string(setting.source, out);
        out += '}';
    }
    out += "]}";
    co_return;
}

using http::Method;

constexpr std::array<Route, 3> kAdminRoutes{{
    {Method::get, "/v1/config", Access::admin, BodyType::none, view_config},
    {Method::get, "/v1/limits", Access::admin, BodyType::none, list_limits},
    {Method::delete_, "/v1/limits/{key}", Access::admin, BodyType::none, forgive},
}};

}  // namespace

std::span<const Route> admin_routes() noexcept {
    return kAdminRoutes;
}

}  // namespace roster::server
