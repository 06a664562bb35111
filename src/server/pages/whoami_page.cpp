// What arrived from the proxy, and who roster says that is: for those who set up a proxy.

#include "core/text.hpp"
#include "server/forward_auth/identity_headers.hpp"
#include "server/pages/page_handlers.hpp"
#include "server/pages/page_parts.hpp"

#include <utility>
#include <vector>

namespace roster::server {
namespace {

namespace asio = boost::asio;

View row(std::string_view name, std::string_view value) {
    View view;
    view.set("name", name).set("value", value);
    return view;
}

View table(std::string_view heading, std::vector<View> rows) {
    View view;
    view.set("heading", heading).set("rows", std::move(rows));
    return view;
}

// A screen may be photographed.
bool is_secret(std::string_view name) noexcept {
    return equals_ignoring_case(name, "Cookie") || equals_ignoring_case(name, "Authorization");
}

std::vector<View> sent_rows(const Call& call) {
    std::vector<View> rows;
    if (call.who.client.address)
        rows.push_back(row("(address)", call.who.client.address->to_string()));
    const auto& fields = call.request.fields;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const auto [name, value] = fields[i];
        rows.push_back(
            row(name, is_secret(name) ? texts_of(call).get("not_shown") : printable(value, 1024)));
    }
    return rows;
}

// To a proxy that asks for no group.
std::vector<View> answer_rows(const User& user) {
    protocol::http::Response answer;
    add_identity(user, answer);
    std::vector<View> rows;
    rows.push_back(row("(status)", "200"));
    for (std::string_view lines = answer.header_lines(); !lines.empty();) {
        const std::string_view line = lines.substr(0, lines.find("\r\n"));
        lines.remove_prefix(line.size() + 2);
        const std::size_t colon = line.find(": ");
        rows.push_back(row(line.substr(0, colon), line.substr(colon + 2)));
    }
    return rows;
}

}  // namespace

asio::awaitable<void> show_who_asks(Call& call) {
    const Texts& texts = texts_of(call);
    View view;
    std::vector<View> tables;
    if (call.who.principal.is_anonymous()) {
        view.set("who", texts.get("nobody"));
        std::vector<View> rows;
        rows.push_back(row("(status)", "401"));
        tables.push_back(table(texts.get("answer"), std::move(rows)));
    } else {
        const auto user =
            co_await call.api.accounts.view(call.who.principal, call.who.principal.id());
        if (!user) co_return fail(call, user.error());
        view.set("who", texts.get("logged_in_as", {{"user", user->email}}));
        tables.push_back(table(texts.get("answer"), answer_rows(*user)));
    }
    tables.push_back(table(texts.get("proxy_sent"), sent_rows(call)));
    view.set("wide", true).set("lead", texts.get("whoami_what")).set("tables", std::move(tables));
    show(call, "whoami", "whoami_title", std::move(view));
}

}  // namespace roster::server
