// The part of Accounts that logs users in, and opens, resolves and ends sessions.

#include "accounts/accounts.hpp"

#include <utility>

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
    events_.record(who, action, opened ? session_target(opened->session.id) : user_target(user.id),
                   outcome_of(opened));
    co_return opened;
}

asio::awaitable<result<Principal>> Accounts::authenticate(std::string_view token,
                                                          SessionKinds kinds, User* user) {
    const auto digest = digest_of_token(token);
    if (!digest) co_return Errc::unauthenticated;
    if (sessions_.is_shared()) {
        auto proven = co_await prove(*digest, kinds);
        co_return proven;
    }
    const FoundSession found = sessions_.use(*digest, kinds);
    if (found.state != SessionState::live) co_return why_not(found.state);
    User unused;
    const auto auth_state =
        store_.auth_state_now(found.session.user, user != nullptr ? *user : unused);
    if (!auth_state && auth_state.error() != Errc::user_not_found) co_return auth_state.error();
    if (!auth_state) co_return Errc::session_revoked;
    co_return principal_of(found.session, *auth_state);
}

asio::awaitable<result<Principal>> Accounts::prove(SessionDigest digest, SessionKinds kinds) {
    const auto proven = co_await store_.prove(digest);
    if (!proven && proven.error() == Errc::session_not_found) co_return Errc::unauthenticated;
    if (!proven) co_return proven.error();
    const FoundSession found = sessions_.use(*proven, kinds);
    if (found.state != SessionState::live) co_return why_not(found.state);
    co_return principal_of(found.session, proven->owner);
}

asio::awaitable<result<Principal>> Accounts::principal(AuthenticatedLogin login) {
    const auto auth_state = co_await store_.auth_state(login.id);
    if (!auth_state && auth_state.error() != Errc::user_not_found) co_return auth_state.error();
    const bool is_valid = auth_state && !auth_state->disabled &&
                          auth_state->credentials_revision == login.credentials_revision;
    if (!is_valid) co_return Errc::unauthenticated;
    co_return Principal::user(login.id, auth_state->role, 0, auth_state->credentials_revision);
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
    for (Session& session : *sessions) {
        const auto auth_state = co_await store_.auth_state(session.user);
        if (auth_state && sessions_.update(session, *auth_state))
            page.sessions.push_back(std::move(session));
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
    events_.record(who, "end_session", session_target(id), outcome_of(ended));
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
