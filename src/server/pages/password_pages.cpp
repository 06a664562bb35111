// The pages that set a password without a log-in: by a link, and of the first administrator.

#include "server/pages/page_handlers.hpp"
#include "server/pages/page_parts.hpp"

#include <utility>

namespace roster::server {
namespace {

namespace asio = boost::asio;

bool is_invitation(const Call& call) {
    return call.request.target.segments().front() == "invite";
}

// The form, for the one who has the link; a link that is not valid says so instead.
asio::awaitable<void> show_link_form(Call& call, View view) {
    const auto user = co_await call.api.accounts.view_password_link(call.argument);
    if (!user && class_of(user.error()) != ErrorClass::unauthenticated)
        co_return fail(call, user.error());
    const Texts& texts = texts_of(call);
    if (!user) {
        call.response.status = 404;
        View gone;
        gone.set("lead", texts.get("invalid_link"));
        co_return show(call, "links", "invalid_link_title", std::move(gone));
    }
    view.set("email", user->email);
    view.set("lead", texts.get(is_invitation(call) ? "invite_what" : "reset_what"));
    show(call, "password", is_invitation(call) ? "invite_title" : "reset_title",
         std::move(add_password_rules(call, view)));
}

// False: there is nothing to set up, and the page says so.
bool is_open_for_setup(Call& call) {
    const auto* const setup = call.api.pages.setup;
    if (setup != nullptr && setup->is_open(call.api.accounts)) return true;
    View link;
    link.set("href", "/").set("text", texts_of(call).get("to_start"));
    View view;
    view.set("lead", texts_of(call).get("setup_closed")).set("button", std::move(link));
    call.response.status = 404;
    show(call, "links", "setup_title", std::move(view));
    return false;
}

void show_setup_form(Call& call, View view) {
    view.set("lead", texts_of(call).get("setup_what"));
    show(call, "setup", "setup_title", std::move(add_password_rules(call, view)));
}

}  // namespace

asio::awaitable<void> show_password_link(Call& call) {
    View view;
    co_await show_link_form(call, std::move(view));
}

asio::awaitable<void> redeem_password_link_by_form(Call& call) {
    Secret token(call.argument);
    Secret password = call.form.secret("new_password");
    const auto user = co_await call.api.accounts.redeem_password_link(call.who, std::move(token),
                                                                      std::move(password));
    if (user) co_return go_to(call, "/login?done=password_link");
    View view;
    view.set("error", refuse(call, user));
    co_await show_link_form(call, std::move(view));
}

asio::awaitable<void> show_setup(Call& call) {
    if (is_open_for_setup(call)) show_setup_form(call, View());
    co_return;
}

asio::awaitable<void> set_up(Call& call) {
    if (!is_open_for_setup(call)) co_return;
    accounts::NewAccount account(std::string(call.form.text("email")),
                                 call.form.secret("new_password"));
    accounts::SetupCode& setup = *call.api.pages.setup;
    const auto user = co_await setup.make_admin(call.api.accounts, call.who.client,
                                                call.form.secret("code"), std::move(account));
    if (!user) {
        std::string error = refuse(call, user);
        if (user.error() == Errc::invalid_credentials)
            error = texts_of(call).get("setup_wrong_code");
        View view;
        view.set("error", error).set("email", call.form.text("email"));
        co_return show_setup_form(call, std::move(view));
    }
    if (call.api.pages.set_up) {
        const auto notice = [&call]() -> result<void> {
            call.api.pages.set_up();
            return {};
        };
        co_await call.api.blocking.run(notice);
    }
    go_to(call, "/login?done=setup");
}

}  // namespace roster::server
