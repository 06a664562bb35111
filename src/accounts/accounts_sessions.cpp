// The part of Accounts that opens, knows and ends sessions.

#include "accounts/accounts.hpp"
#include "accounts/session_token.hpp"
#include "accounts/uncancelled.hpp"

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

}  // namespace

asio::awaitable<Attempt<User>> Accounts::log_in(RequestContext who, std::string email,
                                                Secret password) {
    return uncancelled(do_log_in(std::move(who), std::move(email), std::move(password)));
}

asio::awaitable<Attempt<LoggedIn>> Accounts::open_session(RequestContext who, std::string email,
                                                          Secret password, std::string label) {
    return uncancelled(
        do_open_session(std::move(who), std::move(email), std::move(password), std::move(label)));
}

asio::awaitable<result<Principal>> Accounts::authenticate(const Secret& token) {
    // A digest that no token has is not there.
    return do_authenticate(digest_of_token(token.reveal()).value_or(SessionDigest{}));
}

asio::awaitable<result<void>> Accounts::end_session(RequestContext who, SessionId id) {
    return uncancelled(do_end_session(std::move(who), id));
}

asio::awaitable<result<std::size_t>> Accounts::end_sessions(RequestContext who, UserId user,
                                                            bool keep_own) {
    return uncancelled(do_end_sessions(std::move(who), user, keep_own));
}

asio::awaitable<Attempt<User>> Accounts::do_log_in(RequestContext who, std::string email,
                                                   Secret password) {
    auto user =
        co_await authenticator_.log_in(std::move(who), std::move(email), std::move(password));
    if (user) user->password_hash = Secret();
    co_return user;
}

asio::awaitable<Attempt<LoggedIn>> Accounts::do_open_session(RequestContext who, std::string email,
                                                             Secret password, std::string label) {
    auto user = co_await do_log_in(who, std::move(email), std::move(password));
    if (!user) co_return Attempt<LoggedIn>::refused_like(user);
    std::string address = who.origin.address ? who.origin.address->to_string() : std::string();
    auto opened =
        co_await sessions_.open(*user, std::move(label), std::move(address), who.origin.user_agent);
    const std::string target =
        opened ? "session " + std::to_string(opened->session.id) : user_target(user->id);
    audit_.record(who, "open_session", target, outcome_of(opened));
    if (!opened) co_return opened.error();
    LoggedIn logged_in(std::move(*opened), std::move(*user));
    co_return result<LoggedIn>(std::move(logged_in));
}

asio::awaitable<result<Principal>> Accounts::do_authenticate(SessionDigest digest) {
    const FoundSession found = sessions_.use(digest);
    if (found.state != SessionState::live) co_return why_not(found.state);
    const auto auth_state = co_await store_.auth_state(found.session.user);
    if (!auth_state) {
        if (auth_state.error() != Errc::user_not_found) co_return auth_state.error();
        co_return Errc::session_revoked;
    }
    if (!rests_on(*auth_state, found.session.credentials_revision, found.session.created_at))
        co_return Errc::session_revoked;
    co_return Principal::user(found.session.user, auth_state->role, found.session.id,
                              auth_state->credentials_revision);
}

asio::awaitable<result<Principal>> Accounts::principal(AuthenticatedLogin proof) {
    const auto auth_state = co_await store_.auth_state(proof.id);
    if (!auth_state && auth_state.error() != Errc::user_not_found) co_return auth_state.error();
    const bool holds = auth_state && !auth_state->disabled &&
                       auth_state->credentials_revision == proof.credentials_revision;
    if (!holds) co_return Errc::unauthenticated;
    co_return Principal::user(proof.id, auth_state->role, 0, auth_state->credentials_revision);
}

// Asked again when a password has been hashed: that may have taken seconds, in which somebody else
// may have taken the caller's rights, or his password from whoever had stolen it.
asio::awaitable<result<void>> Accounts::check_auth_state(Principal who) {
    if (who.is_anonymous() || who.is_operator()) co_return result<void>();
    const auto auth_state = co_await store_.auth_state(who.id());
    if (!auth_state) co_return auth_state.error();
    const bool has_right =
        !auth_state->disabled && (auth_state->role == Role::admin || !who.is_admin());
    const bool holds =
        has_right && auth_state->credentials_revision ==
                         who.credentials().value_or(auth_state->credentials_revision);
    if (!holds) co_return Errc::forbidden;
    co_return result<void>();
}

asio::awaitable<result<std::vector<Session>>> Accounts::sessions(Principal who, UserId user) {
    if (!who.is_admin() && (who.is_anonymous() || who.id() != user)) co_return Errc::forbidden;
    const auto auth_state = co_await store_.auth_state(user);
    if (!auth_state) co_return auth_state.error();
    auto sessions = co_await sessions_.list(user, *auth_state);
    co_return sessions;
}

asio::awaitable<result<void>> Accounts::do_end_session(RequestContext who, SessionId id) {
    if (who.principal.is_anonymous()) co_return Errc::forbidden;
    const auto session = sessions_.find(id);
    const bool may = session && (who.principal.is_admin() || session->user == who.principal.id());
    if (!may) co_return Errc::session_not_found;
    const auto ended = co_await sessions_.end(id);
    audit_.record(who, "end_session", "session " + std::to_string(id), outcome_of(ended));
    co_return ended;
}

asio::awaitable<result<std::size_t>> Accounts::do_end_sessions(RequestContext who, UserId user,
                                                               bool keep_own) {
    const bool is_own = !who.principal.is_anonymous() && who.principal.id() == user;
    if (!is_own && !who.principal.is_admin()) co_return Errc::forbidden;
    const auto auth_state = co_await store_.auth_state(user);
    if (!auth_state) co_return auth_state.error();
    const SessionId but = keep_own && is_own ? who.principal.session() : 0;
    const auto ended = co_await sessions_.end_all(user, but);
    audit_.record(who, "end_sessions", user_target(user), outcome_of(ended), ended ? *ended : 1);
    co_return ended;
}

}  // namespace roster::accounts
