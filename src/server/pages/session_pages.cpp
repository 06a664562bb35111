// The pages that log in and out, and that say who is kept out.

#include "protocol/http/cookies.hpp"
#include "protocol/http/escapes.hpp"
#include "server/http/browser.hpp"
#include "server/http/request_parts.hpp"
#include "server/http/session_cookies.hpp"
#include "server/pages/page_handlers.hpp"
#include "server/pages/page_parts.hpp"

#include <optional>
#include <utility>

namespace roster::server {
namespace {

namespace asio = boost::asio;
namespace http = protocol::http;

// Where a browser came from, and is to go back to.
struct ReturnTo {
    std::string url;
    ReturnUrl verdict;

    bool is_good() const noexcept { return verdict == ReturnUrl::accepted; }
    std::string_view without_scheme() const noexcept {
        return std::string_view(url).substr(url.find("://") + 3);
    }
    std::string_view host() const noexcept {
        return without_scheme().substr(0, without_scheme().find_first_of("/?#"));
    }
    std::string_view place() const noexcept {
        return without_scheme().substr(0, without_scheme().find_first_of("?#"));
    }
    /// What carries it on to another page; a URL that was refused, too, so that its page says why.
    std::string as_query() const { return url.empty() ? "" : "?rd=" + http::escaped(url); }
};

ReturnTo return_to(const Call& call, std::string_view url) {
    return {std::string(url), call.api.browser.forward_domain().judge(url)};
}

ReturnTo return_to(const Call& call) {
    return return_to(call, call.request.target.parameter("rd").value_or(std::string_view()));
}

// Why the URL is refused; empty if none was given, or it is not.
std::string refusal_of(const Call& call, const ReturnTo& to) {
    const Texts& texts = texts_of(call);
    if (to.url.empty()) return {};
    switch (to.verdict) {
        case ReturnUrl::too_long: return texts.get("return_too_long");
        case ReturnUrl::malformed: return texts.get("return_malformed");
        case ReturnUrl::wrong_scheme: {
            const std::string& own = call.api.browser.public_url();
            return texts.get("return_wrong_scheme", {{"scheme", own.substr(0, own.find("://"))}});
        }
        case ReturnUrl::has_user_info: return texts.get("return_has_user_info");
        case ReturnUrl::foreign_host: return texts.get("return_foreign_host");
        case ReturnUrl::accepted: break;
    }
    return {};
}

void show_log_in_form(Call& call, const ReturnTo& to, View view) {
    const Texts& texts = texts_of(call);
    view.set("rd", to.url).set("help", call.api.pages.login_help);
    if (to.is_good())
        view.set("lead", texts.get("to_continue", {{"host", to.host()}}));
    else
        view.set("notice", refusal_of(call, to));
    show(call, "login", "login_title", std::move(view));
}

View link_to(std::string_view href, std::string_view text) {
    View link;
    link.set("href", href).set("text", text);
    return link;
}

// A browser that the applications do not know any more gets their cookie again. False: the call has
// failed.
asio::awaitable<bool> ensure_forward_cookie(Call& call) {
    const auto cookie =
        http::find_cookie(call.request.fields, call.api.browser.forward_cookie_name());
    if (cookie) {
        const auto known = co_await call.api.accounts.authenticate(*cookie, SessionKind::forward);
        if (known && known->id() == call.who.principal.id()) co_return true;
    }
    const bool is_set = co_await set_forward_cookie(call);
    co_return is_set;
}

std::string user_text(const User& user) {
    const std::string& name = user.profile.username;
    return name.empty() ? user.email : name + " (" + user.email + ")";
}

std::string groups_text(const User& user) {
    std::string text;
    for (const std::string& group : user.profile.groups)
        text += (text.empty() ? "" : ", ") + group;
    return text;
}

}  // namespace

asio::awaitable<void> show_log_in(Call& call) {
    const ReturnTo to = return_to(call);
    // An application demands a newer log-in than the one there is: going back to it would never
    // end.
    const bool again = call.request.target.parameter("again").has_value();
    if (!call.who.principal.is_anonymous() && !again) {
        if (to.url.empty()) co_return go_to(call, "/account/");
        if (!to.is_good()) {
            View view;
            view.set("notice", refusal_of(call, to));
            view.set("button", link_to("/account/", texts_of(call).get("account_title")));
            co_return show(call, "links", "done_title", std::move(view));
        }
        const bool is_ready = co_await ensure_forward_cookie(call);
        if (is_ready) go_to(call, to.url);
        co_return;
    }
    const bool has_admin = call.api.accounts.status().admins != 0;
    if (!has_admin && call.api.pages.setup != nullptr) co_return go_to(call, "/setup");
    View view;
    const std::string done =
        "notice_" + std::string(call.request.target.parameter("done").value_or(std::string_view()));
    if (texts_of(call).has(done)) view.set("notice", texts_of(call).get(done));
    show_log_in_form(call, to, std::move(view));
}

asio::awaitable<void> log_in(Call& call) {
    const ReturnTo to = return_to(call, call.form.text("rd"));
    std::string login(call.form.text("login"));
    Secret password = call.form.secret("password");
    call.who.client.user_agent = user_agent_of(call.request);
    const SessionId previous = call.who.principal.session();
    const auto logged_in = co_await call.api.accounts.open_session(
        call.who, login, std::move(password), std::string());
    if (!logged_in) {
        View view;
        view.set("error", refuse(call, logged_in)).set("login", login);
        co_return show_log_in_form(call, to, std::move(view));
    }
    const bool is_set = co_await set_session_cookies(call, *logged_in);
    if (!is_set) co_return;
    // The browser has forgotten it; if it cannot be ended now, it ends by itself.
    if (previous != 0) co_await call.api.accounts.end_session(call.who, previous);
    const bool is_refused = !to.is_good() && !to.url.empty();
    // A redirect to another host is forbidden to a form, by the policy of its page.
    if (to.is_good()) co_return go_to(call, "/login/done" + to.as_query());
    go_to(call, is_refused ? "/login" + to.as_query() : "/account/");
}

asio::awaitable<void> show_logged_in(Call& call) {
    const ReturnTo to = return_to(call);
    if (call.who.principal.is_anonymous()) co_return go_to(call, "/login" + to.as_query());
    if (!to.is_good()) co_return go_to(call, "/account/");
    const Texts& texts = texts_of(call);
    View view;
    view.set("refresh", to.url);
    view.set("lead", texts.get("continuing", {{"host", to.host()}}));
    view.set("button", link_to(to.url, texts.get("continue")));
    show(call, "links", "done_title", std::move(view));
}

asio::awaitable<void> show_log_out(Call& call) {
    const ReturnTo to = return_to(call);
    const Texts& texts = texts_of(call);
    View view;
    if (!call.who.principal.is_anonymous()) {
        view.set("lead", texts.get("logout_what")).set("rd", to.url);
        co_return show(call, "logout", "logout_title", std::move(view));
    }
    view.set("lead", texts.get("logged_out"));
    const std::string target = to.is_good() ? to.as_query() : std::string();
    view.set("button", link_to("/login" + target, texts.get("log_in_again")));
    if (to.is_good()) view.set("link", link_to(to.url, to.host()));
    show(call, "links", "logged_out_title", std::move(view));
}

asio::awaitable<void> log_out(Call& call) {
    const ReturnTo to = return_to(call, call.form.text("rd"));
    if (!call.who.principal.is_anonymous()) {
        const auto ended =
            co_await call.api.accounts.end_session(call.who, call.who.principal.session());
        if (!ended) co_return fail(call, ended.error());
    }
    forget_session_cookies(call);
    go_to(call, (call.form.text("then") == "login" ? "/login" : "/logout") + to.as_query());
}

asio::awaitable<void> show_forbidden(Call& call) {
    const ReturnTo to = return_to(call);
    if (call.who.principal.is_anonymous()) co_return go_to(call, "/login" + to.as_query());
    const auto user = co_await call.api.accounts.view(call.who.principal, call.who.principal.id());
    if (!user) co_return fail(call, user.error());
    const Texts& texts = texts_of(call);
    View view;
    view.set("lead", to.is_good() ? texts.get("closed_to", {{"target", to.place()}})
                                  : texts.get("closed_to_something"));
    view.set("rd", to.is_good() ? to.url : std::string());
    view.set("who", texts.get("logged_in_as", {{"user", user_text(*user)}}));
    const std::string groups = groups_text(*user);
    if (!groups.empty()) view.set("groups", texts.get("your_groups", {{"groups", groups}}));
    call.response.status = 403;
    show(call, "forbidden", "forbidden_title", std::move(view));
}

}  // namespace roster::server
