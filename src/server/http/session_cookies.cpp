#include "server/http/session_cookies.hpp"

#include "server/http/api_problems.hpp"
#include "server/http/browser.hpp"

#include <utility>

namespace roster::server {
namespace {

namespace asio = boost::asio;
namespace http = protocol::http;
using accounts::OpenedSession;
using accounts::Principal;

constexpr http::HeaderName kSetCookie = "Set-Cookie";

asio::awaitable<bool> open_forward_session(Call& call, accounts::RequestContext who) {
    const Browser& browser = call.api.browser;
    if (!browser.forward_domain().is_set()) co_return true;
    const auto opened = co_await call.api.accounts.open_forward(std::move(who));
    if (!opened) {
        fail(call, opened.error());
        co_return false;
    }
    call.response.add_header(
        kSetCookie, browser.forward_cookie(opened->token.reveal(), opened->session.expires_at -
                                                                       opened->session.created_at));
    co_return true;
}

}  // namespace

asio::awaitable<bool> set_session_cookies(Call& call, const accounts::LoggedIn& logged_in) {
    const User& user = logged_in.user;
    const OpenedSession& opened = logged_in.opened;
    // Of the new log-in; the caller may have had another one.
    accounts::RequestContext who = call.who;
    who.principal =
        Principal::user(user.id, user.role, opened.session.id, user.credentials_revision);
    const bool is_open = co_await open_forward_session(call, std::move(who));
    if (!is_open) co_return false;
    call.response.add_header(kSetCookie, call.api.browser.session_cookie(
                                             opened.token.reveal(), opened.session.expires_at -
                                                                        opened.session.created_at));
    co_return true;
}

asio::awaitable<bool> set_forward_cookie(Call& call) {
    const bool is_open = co_await open_forward_session(call, call.who);
    co_return is_open;
}

void forget_session_cookies(Call& call) {
    const Browser& browser = call.api.browser;
    call.response.add_header(kSetCookie, browser.session_cookie({}, {}));
    if (browser.forward_domain().is_set())
        call.response.add_header(kSetCookie, browser.forward_cookie({}, {}));
}

}  // namespace roster::server
