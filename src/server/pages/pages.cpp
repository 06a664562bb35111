#include "server/pages/pages.hpp"

#include "server/http/compiled_files.hpp"
#include "server/pages/page_handlers.hpp"
#include "server/pages/page_parts.hpp"

#include <array>

namespace roster::server {
namespace {

namespace asio = boost::asio;
using protocol::http::Method;

// Their names change with them.
constexpr std::string_view kFilePolicy =
    "Cache-Control: public, max-age=31536000, immutable\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n";

asio::awaitable<void> send_file(Call& call, std::string_view name) {
    const CompiledFile& file = compiled_file(name);
    call.response.body = file.text;
    // That of another version of the program is not to be kept under this name.
    if (call.argument == file.digest) call.response.policy = kFilePolicy;
    co_return;
}

asio::awaitable<void> send_style(Call& call) {
    return send_file(call, "style.css");
}

asio::awaitable<void> send_icon(Call& call) {
    return send_file(call, "icon.svg");
}

asio::awaitable<void> go_to_start(Call& call) {
    go_to(call, call.who.principal.is_anonymous() ? "/login" : "/account/");
    co_return;
}

constexpr auto kAnyone = Access::anyone;
constexpr auto kGet = BodyType::none;
constexpr auto kForm = BodyType::form;

constexpr std::array kPageRoutes{
    Route{Method::get, "/", kAnyone, kGet, go_to_start, kPageType},
    // For password managers (W3C, "A Well-Known URL for Changing Passwords").
    Route{Method::get, "/.well-known/change-password", kAnyone, kGet, go_to_start, kPageType},
    Route{Method::get, "/login", kAnyone, kGet, show_log_in, kPageType},
    Route{Method::post, "/login", kAnyone, kForm, log_in, kPageType},
    Route{Method::get, "/login/done", kAnyone, kGet, show_logged_in, kPageType},
    Route{Method::get, "/logout", kAnyone, kGet, show_log_out, kPageType},
    Route{Method::post, "/logout", kAnyone, kForm, log_out, kPageType},
    Route{Method::get, "/forbidden", kAnyone, kGet, show_forbidden, kPageType},
    Route{Method::get, "/whoami", kAnyone, kGet, show_who_asks, kPageType},
    Route{Method::get, "/account", kAnyone, kGet, go_to_start, kPageType},
    Route{Method::get, "/account/", kAnyone, kGet, show_account, kPageType},
    Route{Method::post, "/account/password", kAnyone, kForm, change_password, kPageType},
    Route{Method::post, "/account/sessions", kAnyone, kForm, end_sessions_by_form, kPageType},
    Route{Method::post, "/account/tokens", kAnyone, kForm, create_token_by_form, kPageType},
    Route{Method::get, "/invite/{token}", kAnyone, kGet, show_password_link, kPageType},
    Route{Method::post, "/invite/{token}", kAnyone, kForm, redeem_password_link_by_form, kPageType},
    Route{Method::get, "/reset/{token}", kAnyone, kGet, show_password_link, kPageType},
    Route{Method::post, "/reset/{token}", kAnyone, kForm, redeem_password_link_by_form, kPageType},
    Route{Method::get, "/setup", kAnyone, kGet, show_setup, kPageType},
    Route{Method::post, "/setup", kAnyone, kForm, set_up, kPageType},
    Route{Method::get, "/pages/{digest}/style.css", kAnyone, kGet, send_style,
          "text/css; charset=utf-8"},
    Route{Method::get, "/pages/{digest}/icon.svg", kAnyone, kGet, send_icon, "image/svg+xml"},
};

}  // namespace

Pages make_pages() {
    Pages pages;
    pages.routes = kPageRoutes;
    pages.show_problem = show_problem;
    return pages;
}

}  // namespace roster::server
