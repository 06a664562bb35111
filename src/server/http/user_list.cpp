// The route of the list of users.

#include "core/json/json_parser.hpp"
#include "protocol/http/problem.hpp"
#include "server/http/api.hpp"
#include "server/http/api_problems.hpp"
#include "server/http/documents.hpp"

#include <roster/user_query.hpp>

#include <array>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace roster::server {
namespace {

namespace asio = boost::asio;
namespace http = protocol::http;
using http::FieldError;

// What the query of a list says; errors are noted in `errors`.
UserQuery read_query(const http::Target& target, std::vector<FieldError>& errors) {
    UserQuery query;
    const auto note = [&errors](std::string_view name, std::string_view code, std::string why) {
        errors.push_back(FieldError(http::json_pointer(name), code, std::move(why)));
    };
    const auto read_flag = [&](const http::Target::Parameter& given, auto& flag) {
        if (given.value == "true" || given.value == "false")
            flag = given.value == "true";
        else
            note(given.name, "unknown_value", "must be true or false");
    };
    for (const auto& given : target.parameters()) {
        if (given.name == "q") {
            query.text = given.value;
        } else if (given.name == "role") {
            query.role = parse_role(given.value);
            if (!query.role) note("role", "unknown_value", "must be \"admin\" or \"user\"");
        } else if (given.name == "group") {
            query.group = given.value;
        } else if (given.name == "disabled") {
            read_flag(given, query.disabled);
        } else if (given.name == "total") {
            read_flag(given, query.total);
        } else if (given.name == "sort") {
            auto order = parse_user_order(given.value);
            if (auto* wrong = std::get_if<std::string>(&order))
                note("sort", "unknown_value", std::move(*wrong));
            else
                query.order = std::get<UserOrder>(order);
        } else if (given.name == "limit") {
            const auto limit = parse_decimal(given.value);
            if (limit && *limit >= 1 && *limit <= UserQuery::kMaxLimit)
                query.limit = *limit;
            else
                note("limit", "out_of_range", "must be a whole number from 1 to 500");
        } else if (given.name == "cursor") {
            query.cursor = std::string(given.value);
        } else {
            note(given.name, "unknown_member", "is not known here");
        }
    }
    if (errors.empty())
        if (auto wrong = problem_of(query)) note("q", "invalid", std::move(*wrong));
    return query;
}

void append_page(const UserPage& page, std::size_t limit, std::string& out) {
    out += "{\"items\":[";
    for (const User& user : page.users) {
        if (out.back() != '[') out += ',';
        append_user_document(user, out);
    }
    out += "],\"limit\":" + std::to_string(limit) + ",\"next_cursor\":";
    out += page.next_cursor ? '"' + *page.next_cursor + '"' : "null";
    if (page.total) out += ",\"total\":" + std::to_string(*page.total);
    out += '}';
}

// Whose e-mail or username it is, exactly: one user or none.
asio::awaitable<void> find_by_login(Call& call, std::string login) {
    auto user = co_await call.api.accounts.find_by_login(call.who.principal, std::move(login));
    if (!user && user.error() != Errc::user_not_found) co_return fail(call, user.error());
    UserPage found;
    if (user) found.users.push_back(std::move(*user));
    append_page(found, 1, call.response.body);
}

// An ordinary user sees the same shape with nobody but themselves in it.
asio::awaitable<void> list_users(Call& call) {
    const auto login = call.request.target.parameter("login");
    if (login && call.who.principal.is_admin() && call.request.target.parameters().size() == 1) {
        std::string text(*login);
        co_await find_by_login(call, std::move(text));
        co_return;
    }
    std::vector<FieldError> errors;
    UserQuery query = read_query(call.request.target, errors);
    if (!errors.empty()) co_return call.fail(http::validation_failed(std::move(errors)));
    const std::size_t limit = query.limit;
    const accounts::Principal who = call.who.principal;
    if (!who.is_admin()) {
        auto user = co_await call.api.accounts.view(who, who.id());
        if (!user) co_return fail(call, user.error());
        UserPage own;
        own.users.push_back(std::move(*user));
        if (query.total) own.total = 1;
        append_page(own, limit, call.response.body);
        co_return;
    }
    const auto page = co_await call.api.accounts.search(who, std::move(query));
    if (page)
        append_page(*page, limit, call.response.body);
    else if (page.error() == Errc::invalid_request)
        call.fail(http::validation_failed(
            {FieldError("/cursor", "invalid", "is not a cursor of this query")}));
    else
        fail(call, page.error());
}

constexpr std::array<Route, 1> kUserListRoutes{
    {{http::Method::get, "/v1/users", Access::user, BodyType::none, list_users, http::kJsonType,
      false, kReadsParameters}}};

}  // namespace

constinit const std::span<const Route> user_list_routes = kUserListRoutes;

}  // namespace roster::server
