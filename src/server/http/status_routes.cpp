// The routes that tell how the server is.

#include "core/json/raw_json.hpp"
#include "core/time.hpp"
#include "server/http/api.hpp"
#include "server/http/compiled_files.hpp"

#include <array>
#include <string>
#include <string_view>

namespace roster::server {
namespace {

namespace asio = boost::asio;
namespace http = protocol::http;
using http::Problem;
using http::ProblemCode;

std::string_view state_of(const ApiContext& api) {
    if (api.table.is_closing()) return "draining";
    return api.accounts.status().writable ? "ready" : "read-only";
}

asio::awaitable<void> answer_live(Call& call) {
    call.response.body = "{\"status\":\"live\"}";
    co_return;
}

asio::awaitable<void> answer_ready(Call& call) {
    const StoreStatus store = call.api.accounts.status();
    if (call.api.table.is_closing())
        call.fail({ProblemCode::overloaded, "the server is stopping"});
    else if (!store.writable)
        call.fail(
            {ProblemCode::store_unavailable, "the store cannot be written: " + store.problem});
    else
        call.response.body = "{\"status\":\"ready\"}";
    co_return;
}

// For administrators.
void append_figures(const ApiContext& api, std::string& out) {
    const StoreStatus store = api.accounts.status();
    const accounts::LogInCounts log_ins = api.accounts.log_ins();
    const auto uptime =
        std::chrono::floor<std::chrono::seconds>(std::chrono::steady_clock::now() - api.started);
    append_json_member("uptime_seconds", std::to_string(uptime.count()), out);
    append_text_member("store", api.accounts.store_url(), out);
    append_json_member("users", std::to_string(store.users), out);
    append_json_member("administrators", std::to_string(store.admins), out);
    append_json_member("sessions", std::to_string(store.sessions), out);
    out += ",\"log_ins\":{";
    append_json_member("succeeded", std::to_string(log_ins.succeeded), out);
    append_json_member("refused", std::to_string(log_ins.refused), out);
    append_json_member("delayed", std::to_string(log_ins.delayed), out);
    append_json_member("failed", std::to_string(log_ins.failed), out);
    out += "},\"last_backup_at\":";
    const std::chrono::sys_seconds last_backup = *api.last_backup;
    out += last_backup == std::chrono::sys_seconds() ? "null" : '"' + to_rfc3339(last_backup) + '"';
}

asio::awaitable<void> answer_status(Call& call) {
    std::string& out = call.response.body;
    out += "{\"name\":\"roster\",\"version\":\"" ROSTER_VERSION "\",\"status\":\"";
    out.append(state_of(call.api)).append("\"");
    if (call.who.principal.is_admin()) append_figures(call.api, out);
    out += '}';
    co_return;
}

asio::awaitable<void> answer_openapi(Call& call) {
    call.response.body = compiled_file("openapi.json").text;
    co_return;
}

using http::Method;

constexpr std::array<Route, 4> kStatusRoutes{{
    {Method::get, "/health/live", Access::anyone, BodyType::none, answer_live},
    {Method::get, "/health/ready", Access::anyone, BodyType::none, answer_ready},
    {Method::get, "/openapi.json", Access::anyone, BodyType::none, answer_openapi},
    {Method::get, "/v1/status", Access::anyone, BodyType::none, answer_status},
}};

}  // namespace

constinit const std::span<const Route> status_routes = kStatusRoutes;

}  // namespace roster::server
