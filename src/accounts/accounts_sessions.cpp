// The part of Accounts that logs users in, and opens, resolves and ends sessions.

#include "accounts/accounts.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstddef>
#include <exception>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

namespace roster::accounts {

namespace asio = boost::asio;

namespace {

Errc why_not(SessionState state) noexcept {
    switch (state) {
        case SessionState::expired: return Errc::session_expired;
        case SessionState::revoked: return Errc::session_revoked;
        case SessionState::unknown:
        case SessionState::live: break;
    }
    return Errc::unauthenticated;
}

result<Principal> principal_of(const LiveSession& session, const AuthState& owner) {
    if (!is_valid_for(owner, session.credentials_revision, session.created_at))
        return Errc::session_revoked;
    return Principal::user(session.user, owner.role, session.id, owner.credentials_revision);
}

// `auth_state`: of the user who logged in.
result<Principal> principal_of(const AuthenticatedLogin& login,
                               const result<AuthState>& auth_state) {
    if (!auth_state && auth_state.error() != Errc::user_not_found) return auth_state.error();
    const bool is_valid = auth_state && !auth_state->disabled &&
                          auth_state->credentials_revision == login.credentials_revision;
    if (!is_valid) return Errc::unauthenticated;
    return Principal::user(login.id, auth_state->role, 0, auth_state->credentials_revision);
}

// Of the users of sessions.
struct AuthStates {
    explicit AuthStates(const asio::any_io_executor& executor)
        : all_there(executor, asio::steady_timer::time_point::max()) {}

    std::unordered_map<UserId, result<AuthState>> of;
    std::size_t missing = 0;
    asio::steady_timer all_there;
};
using SharedAuthStates = std::shared_ptr<AuthStates>;

// Asked for all at once: a shared store answers them together.
asio::awaitable<SharedAuthStates> auth_states_of(Store& store, std::vector<Session> sessions) {
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    const auto states = std::make_shared<AuthStates>(executor);
    for (const Session& session : sessions)
        states->of.emplace(session.user, Errc::store_unavailable);
    states->missing = states->of.size();
    for (auto& asked : states->of) {
        const auto take = [states, state = &asked.second](std::exception_ptr failure,
                                                          result<AuthState> answer) {
            if (!failure) *state = std::move(answer);
            if (--states->missing == 0) states->all_there.cancel();
        };
        asio::co_spawn(executor, store.auth_state(asked.first), take);
    }
    boost::system::error_code ec;
    while (states->missing > 0)
        co_await states->all_there.async_wait(asio::redirect_error(asio::use_awaitable, ec));
    co_return states;
}

std::string session_target(SessionId id) {
    return "session " + std::to_string(id);
}

}  // namespace

asio::awaitable<Attempt<User>> Accounts::log_in(RequestContext who, std::string login,
                                                Secret password) {
    auto user =
        co_await authenticator_.log_in(std::move(who), std::move(login), std::move(password));
    if (!user) co_return user;
    sessions_.note_log_in(*user);
    user->password_hash = Secret();
    co_return user;
}

asio::awaitable<Attempt<LoggedIn>> Accounts::open_session(RequestContext who, std::string login,
                                                          Secret password, std::string label) {
    auto user = co_await authenticator_.log_in(who, std::move(login), std::move(password));
    if (!user) co_return Attempt<LoggedIn>::failed_like(user);
    who.principal = Principal::user(user->id, user->role);
    NewSession session(SessionKind::login, std::move(label));
    auto opened = co_await open(who, "open_session", *user, std::move(session));
    if (!opened) co_return opened.error();
    user->password_hash = Secret();
    user->last_login_at = opened->session.created_at;
    LoggedIn logged_in(std::move(*opened), std::move(*user));
    co_return result<LoggedIn>(std::move(logged_in));
}

asio::awaitable<result<OpenedSession>> Accounts::open(RequestContext who, std::string action,
                                                      User user, NewSession session) {
    session.address = who.client.address ? who.client.address->to_string() : std::string();
    session.user_agent = who.client.user_agent;
    auto opened = co_await sessions_.open(user, std::move(session));
    const bool is_own = opened && who.principal.is_user(user.id);
    events_.record(who, action, is_own ? session_target(opened->session.id) : user_target(user.id),
                   outcome_of(opened));
    co_return opened;
}

asio::awaitable<result<Principal>> Accounts::authenticate(std::string_view token,
                                                          SessionKinds kinds, User* user) {
    if (const auto known = authenticate_now(token, kinds, user)) co_return *known;
    const auto digest = digest_of_token(token);
    if (!digest) co_return Errc::unauthenticated;
    auto proven = co_await prove(*digest, kinds, user);
    co_return proven;
}

std::optional<result<Principal>> Accounts::authenticate_now(std::string_view token,
                                                            SessionKinds kinds, User* user) {
    if (sessions_.is_shared()) return std::nullopt;
    const auto digest = digest_of_token(token);
    return digest ? find_principal(*digest, kinds, user) : Errc::unauthenticated;
}

result<Principal> Accounts::find_principal(const SessionDigest& digest, SessionKinds kinds,
                                           User* user) {
    const FoundSession found = sessions_.use(digest, kinds);
    if (found.state != SessionState::live) return why_not(found.state);
    User unused;
    const auto auth_state =
        store_.auth_state_now(found.session.user, user != nullptr ? *user : unused);
    if (!auth_state && auth_state.error() != Errc::user_not_found) return auth_state.error();
    if (!auth_state) return Errc::session_revoked;
    return principal_of(found.session, *auth_state);
}

asio::awaitable<result<Principal>> Accounts::prove(SessionDigest digest, SessionKinds kinds,
                                                   User* user) {
    auto proven = co_await store_.prove(digest);
    if (!proven && proven.error() == Errc::session_not_found) co_return Errc::unauthenticated;
    if (!proven) co_return proven.error();
    const FoundSession found = sessions_.use(*proven, kinds);
    if (found.state != SessionState::live) co_return why_not(found.state);
    if (!proven->owner) co_return Errc::session_revoked;
    const AuthState owner(*proven->owner);
    const auto principal = principal_of(found.session, owner);
    if (principal && user != nullptr) {
        *user = std::move(*proven->owner);
        user->password_hash = Secret();
    }
    co_return principal;
}

asio::awaitable<result<Principal>> Accounts::principal(AuthenticatedLogin login, User* user) {
    if (const auto now = principal_now(login, user)) co_return *now;
    const auto auth_state = co_await store_.auth_state(login.id);
    co_return principal_of(login, auth_state);
}

std::optional<result<Principal>> Accounts::principal_now(const AuthenticatedLogin& login,
                                                         User* user) {
    if (sessions_.is_shared()) return std::nullopt;
    User unused;
    return principal_of(login, store_.auth_state_now(login.id, user != nullptr ? *user : unused));
}

asio::awaitable<result<std::vector<Session>>> Accounts::sessions(Principal who, UserId user) {
    if (!who.is_admin() && !who.is_user(user)) co_return Errc::forbidden;
    const auto auth_state = co_await store_.auth_state(user);
    if (!auth_state) co_return auth_state.error();
    auto sessions = co_await sessions_.list(user, *auth_state);
    co_return sessions;
}

asio::awaitable<result<SessionPage>> Accounts::all_sessions(Principal who, SessionId after,
                                                            std::size_t limit) {
    if (!who.is_admin()) co_return Errc::forbidden;
    auto sessions = co_await store_.list_sessions(after, limit);
    if (!sessions) co_return sessions.error();
    SessionPage page;
    if (sessions->size() == limit) page.next = sessions->back().id;
    const auto states = co_await auth_states_of(store_, *sessions);
    for (Session& session : *sessions) {
        const auto& state = states->of.at(session.user);
        if (!state && state.error() != Errc::user_not_found) co_return state.error();
        if (state && sessions_.update(session, *state)) page.sessions.push_back(std::move(session));
    }
    co_return page;
}

asio::awaitable<result<void>> Accounts::end_session(RequestContext who, SessionId id) {
    if (who.principal.is_anonymous()) co_return Errc::forbidden;
    const auto session = co_await sessions_.find(id);
    if (!session && session.error() != Errc::session_not_found) co_return session.error();
    const bool may = session && (who.principal.is_admin() || who.principal.is_user(session->user));
    if (!may) co_return Errc::session_not_found;
    const auto ended = co_await sessions_.end(id);
    const bool is_own = who.principal.is_user(session->user);
    events_.record(who, "end_session", is_own ? session_target(id) : user_target(session->user),
                   outcome_of(ended));
    co_return ended;
}

asio::awaitable<result<std::size_t>> Accounts::end_sessions(RequestContext who, UserId user,
                                                            bool keep_own) {
    const bool is_own = who.principal.is_user(user);
    if (!is_own && !who.principal.is_admin()) co_return Errc::forbidden;
    const auto auth_state = co_await store_.auth_state(user);
    if (!auth_state) co_return auth_state.error();
    const SessionId but = keep_own && is_own ? who.principal.session() : 0;
    const auto ended = co_await sessions_.end_all(user, but);
    events_.record(who, "end_sessions", user_target(user), outcome_of(ended), ended ? *ended : 1);
    co_return ended;
}

}  // namespace roster::accounts
