// The page of one's own account: the password, the sessions, the tokens.

#include "core/json/json_parser.hpp"
#include "core/text.hpp"
#include "core/time.hpp"
#include "protocol/http/escapes.hpp"
#include "server/http/browser.hpp"
#include "server/http/request_parts.hpp"
#include "server/http/session_cookies.hpp"
#include "server/pages/page_handlers.hpp"
#include "server/pages/page_parts.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

namespace roster::server {
namespace {

namespace asio = boost::asio;

constexpr std::array<int, 3> kTokenDays{30, 90, 365};
constexpr std::size_t kMaxTokenLabelBytes = 254;
// Where the template has the token, which is in no other text.
constexpr std::string_view kTokenPlace = "<code>{token}</code>";

std::string time_text(std::chrono::sys_seconds time) {
    const std::string text = to_rfc3339(time);
    return text.substr(0, 10) + " " + text.substr(11, 5) + " UTC";
}

// What a person calls a browser; others as they call themselves.
std::string device_text(const Texts& texts, const std::string& user_agent) {
    using Name = std::pair<std::string_view, std::string_view>;
    // In this order: most browsers say that they are several others, too.
    constexpr std::array<Name, 6> kBrowsers{{{"Edg", "Edge"},
                                             {"OPR/", "Opera"},
                                             {"Firefox/", "Firefox"},
                                             {"Chrome/", "Chrome"},
                                             {"Safari/", "Safari"},
                                             {"curl/", "curl"}}};
    constexpr std::array<Name, 7> kSystems{{{"Android", "Android"},
                                            {"iPhone", "iPhone"},
                                            {"iPad", "iPad"},
                                            {"CrOS", "ChromeOS"},
                                            {"Windows", "Windows"},
                                            {"Mac OS X", "macOS"},
                                            {"Linux", "Linux"}}};
    const auto name_in = [&user_agent](const auto& names) {
        const auto found = std::find_if(names.begin(), names.end(), [&](const Name& name) {
            return user_agent.find(name.first) != user_agent.npos;
        });
        return found == names.end() ? std::string_view() : found->second;
    };
    std::string text(name_in(kBrowsers));
    if (text.empty()) text = user_agent.empty() ? texts.get("unknown_device") : user_agent;
    const std::string_view system = name_in(kSystems);
    if (!system.empty() && text != user_agent) text.append(", ").append(system);
    return text;
}

View session_view(const Texts& texts, const Session& session, bool is_current) {
    const bool is_token = session.kind == SessionKind::token;
    const std::string name =
        session.label.empty() ? device_text(texts, session.user_agent) : session.label;
    View view;
    view.set("name", name).set("id", std::to_string(session.id)).set("current", is_current);
    view.set("seen", texts.get("seen", {{"time", time_text(session.last_seen_at)}}));
    view.set("action", texts.get(is_token ? "revoke_token" : "end_session", {{"label", name}}));
    if (!is_token && !session.address.empty()) view.set("where", session.address + " · ");
    const bool has_end = session.expires_at - session.created_at <
                         accounts::Sessions::kLongest - std::chrono::days(1);
    if (is_token)
        view.set("expires", has_end
                                ? texts.get("expires", {{"time", time_text(session.expires_at)}})
                                : texts.get("for_ever"));
    return view;
}

void add_sessions(const Call& call, const std::vector<Session>& sessions, View& view) {
    const Texts& texts = texts_of(call);
    std::vector<View> log_ins;
    std::vector<View> tokens;
    for (const Session& session : sessions) {
        const bool is_current = session.id == call.who.principal.session();
        View item = session_view(texts, session, is_current);
        if (session.kind == SessionKind::token) tokens.push_back(std::move(item));
        if (session.kind == SessionKind::login)
            log_ins.insert(is_current ? log_ins.begin() : log_ins.end(), std::move(item));
    }
    view.set("others", log_ins.size() > 1);
    view.set("sessions", std::move(log_ins)).set("tokens", std::move(tokens));
}

std::vector<View> lifetimes(const Texts& texts) {
    std::vector<View> options;
    for (const int days : kTokenDays) {
        const std::string number = std::to_string(days);
        View option;
        option.set("days", number);
        option.set("text", days == 365 ? texts.get("for_one_year")
                                       : texts.get("for_days", {{"days", number}}));
        options.push_back(std::move(option));
    }
    View unlimited;
    unlimited.set("days", "0").set("text", texts.get("for_ever"));
    options.push_back(std::move(unlimited));
    return options;
}

// Answers one who is not logged in.
bool sends_to_log_in(Call& call) {
    if (!call.who.principal.is_anonymous()) return false;
    const std::string own = call.api.browser.public_url() + "/account/";
    go_to(call, "/login?rd=" + protocol::http::escaped(own));
    return true;
}

// The page, with what the caller adds.
asio::awaitable<void> show_account_with(Call& call, View view) {
    const UserId id = call.who.principal.id();
    const auto user = co_await call.api.accounts.view(call.who.principal, id);
    if (!user) co_return fail(call, user.error());
    const auto sessions = co_await call.api.accounts.sessions(call.who.principal, id);
    if (!sessions) co_return fail(call, sessions.error());
    const Texts& texts = texts_of(call);
    const std::string& username = user->profile.username;
    std::string lead = user->email;
    if (!username.empty()) lead = username + " · " + lead;
    if (user->role == Role::admin) lead += " · " + texts.get("administrator");
    view.set("wide", true).set("lead", lead).set("email", user->email);
    view.set("lifetimes", lifetimes(texts));
    add_sessions(call, *sessions, view);
    show(call, "account", "account_title", std::move(add_password_rules(call, view)));
}

}  // namespace

asio::awaitable<void> show_account(Call& call) {
    if (sends_to_log_in(call)) co_return;
    View view;
    const auto done = call.request.target.parameter("done");
    const std::string key = "notice_" + std::string(done.value_or(std::string_view()));
    if (texts_of(call).has(key)) view.set("notice", texts_of(call).get(key));
    co_await show_account_with(call, std::move(view));
}

asio::awaitable<void> change_password(Call& call) {
    if (sends_to_log_in(call)) co_return;
    accounts::PasswordChange change(call.form.secret("new_password"));
    change.current_password = call.form.secret("current_password");
    const auto user = co_await call.api.accounts.change_password(call.who, call.who.principal.id(),
                                                                 std::move(change));
    if (user) co_return go_to(call, "/account/?done=password");
    std::string error = refuse(call, user);
    if (user.error() == Errc::invalid_credentials)
        error = texts_of(call).get("current_password_wrong");
    View view;
    view.set("password_error", error);
    co_await show_account_with(call, std::move(view));
}

// One of them, or all other log-ins; tokens are left to their programs.
asio::awaitable<void> end_sessions_by_form(Call& call) {
    if (sends_to_log_in(call)) co_return;
    const accounts::Principal who = call.who.principal;
    const auto sessions = co_await call.api.accounts.sessions(who, who.id());
    if (!sessions) co_return fail(call, sessions.error());
    const bool others = call.form.text("id") == "others";
    const auto id = parse_decimal(call.form.text("id"));
    for (const Session& session : *sessions) {
        const bool is_other = session.kind == SessionKind::login && session.id != who.session();
        const bool ends = others ? is_other : session.id == id;
        if (!ends) continue;
        const auto ended = co_await call.api.accounts.end_session(call.who, session.id);
        // One that has ended meanwhile is what was wanted.
        if (!ended && ended.error() != Errc::session_not_found) co_return fail(call, ended.error());
    }
    if (id == who.session()) {
        forget_session_cookies(call);
        co_return go_to(call, "/logout");
    }
    const bool is_token = call.form.text("kind") == "token";
    go_to(call, others ? "/account/?done=sessions"
                       : (is_token ? "/account/?done=token" : "/account/?done=session"));
}

asio::awaitable<void> create_token_by_form(Call& call) {
    if (sends_to_log_in(call)) co_return;
    std::string label(call.form.text("label"));
    const auto days = parse_decimal(call.form.text("days"));
    const bool is_offered =
        days == 0U || (days && std::any_of(kTokenDays.begin(), kTokenDays.end(), [&](int offered) {
                           return *days == static_cast<std::uint64_t>(offered);
                       }));
    if (!is_offered || label.empty() || label.size() > kMaxTokenLabelBytes ||
        !is_clean_text(label)) {
        View view;
        view.set("token_error", texts_of(call).get("label_invalid"));
        call.response.status = 422;
        co_await show_account_with(call, std::move(view));
        co_return;
    }
    std::optional<std::chrono::seconds> lifetime;
    if (days != 0U) lifetime = std::chrono::days(static_cast<int>(*days));
    call.who.client.user_agent = user_agent_of(call.request);
    const auto opened = co_await call.api.accounts.create_token(call.who, label, lifetime);
    if (!opened) co_return fail(call, opened.error());
    View view;
    view.set("lead", label).set("notice", texts_of(call).get("token_made"));
    view.set("token", "{token}");
    call.response.status = 201;
    show(call, "token", "token_title", std::move(view));
    // Into the body alone, which is wiped: the templates' library keeps copies of what it shows.
    std::string& body = call.response.body;
    const std::string_view token = opened->token.reveal();
    body.reserve(body.size() + token.size());
    const std::size_t place = body.find(kTokenPlace);
    body.replace(place + kTokenPlace.find('{'), std::string_view("{token}").size(), token);
}

}  // namespace roster::server
