// The part of Accounts that opens sessions that are no person's log-in: of programs, of proxies,
// and links to set a new password.

#include "accounts/accounts.hpp"

#include "passwords/password_hasher.hpp"

#include <algorithm>
#include <utility>

namespace roster::accounts {

namespace asio = boost::asio;

namespace {

using std::chrono::seconds;

std::string_view to_string(LinkPurpose purpose) noexcept {
    return purpose == LinkPurpose::invite ? "invite" : "reset";
}

// What its list shows of a link; the e-mail in it must still be the user's when it is redeemed.
std::string link_label(LinkPurpose purpose, const std::string& email) {
    return std::string(to_string(purpose)) + " " + fold_email(email);
}

bool is_link_for(const Session& link, const User& user) {
    return link.label == link_label(LinkPurpose::invite, user.email) ||
           link.label == link_label(LinkPurpose::reset, user.email);
}

bool is_lifetime(seconds lifetime) noexcept {
    return lifetime > seconds(0) && lifetime <= Sessions::kLongest;
}

}  // namespace

// With the credentials that the caller proved, not with those of a password that was changed since.
asio::awaitable<result<User>> Accounts::own_user(Principal who) {
    if (who.id() == 0) co_return Errc::forbidden;
    auto user = co_await store_.find(who.id());
    if (!user) co_return user.error();
    const Revision credentials = who.credentials().value_or(user->credentials_revision);
    if (user->disabled || user->credentials_revision != credentials) co_return Errc::forbidden;
    co_return user;
}

asio::awaitable<result<OpenedSession>> Accounts::create_token(RequestContext who, std::string label,
                                                              std::optional<seconds> expires_in) {
    NewSession session(SessionKind::token, std::move(label));
    session.lifetime = expires_in.value_or(Sessions::kLongest);
    if (!is_lifetime(*session.lifetime)) co_return Errc::invalid_request;
    auto user = co_await own_user(who.principal);
    if (!user) co_return user.error();
    auto opened =
        co_await open(std::move(who), "create_token", std::move(*user), std::move(session));
    co_return opened;
}

asio::awaitable<result<OpenedSession>> Accounts::open_forward(RequestContext who) {
    const auto parent = co_await sessions_.find(who.principal.session());
    if (!parent && parent.error() != Errc::session_not_found) co_return parent.error();
    if (!parent || parent->kind != SessionKind::login) co_return Errc::forbidden;
    auto user = co_await own_user(who.principal);
    if (!user) co_return user.error();
    NewSession session(SessionKind::forward, std::string());
    session.parent = parent->id;
    auto opened =
        co_await open(std::move(who), "open_forward", std::move(*user), std::move(session));
    co_return opened;
}

asio::awaitable<result<OpenedSession>> Accounts::create_password_link(RequestContext who, UserId id,
                                                                      LinkPurpose purpose,
                                                                      seconds expires_in) {
    if (!who.principal.is_admin()) co_return Errc::forbidden;
    if (!is_lifetime(expires_in)) co_return Errc::invalid_request;
    auto user = co_await store_.find(id);
    if (!user) co_return user.error();
    if (user->disabled) co_return Errc::account_disabled;
    NewSession session(SessionKind::password_link, link_label(purpose, user->email));
    session.lifetime = expires_in;
    auto opened =
        co_await open(std::move(who), "create_password_link", std::move(*user), std::move(session));
    co_return opened;
}

asio::awaitable<Attempt<User>> Accounts::redeem_password_link(RequestContext who, Secret token,
                                                              Secret new_password) {
    // The link is the only authority; a caller's own session ends with the others.
    who.principal = Principal::anonymous();
    auto admission = co_await limiter_.admit_sign_up(who.client.address);
    if (!admission) co_return admission.error();
    if (!*admission) co_return Attempt<User>::too_many(admission->wait());
    const auto link = co_await authenticate(token.reveal(), SessionKind::password_link);
    result<User> user = link ? result<User>(Errc::internal) : link.error();
    if (link) user = co_await redeem(who, *link, std::move(new_password));
    const bool counts = !link || user;
    co_await limiter_.settle(std::move(*admission),
                             counts ? Outcome::signed_up : Outcome::abandoned);
    events_.record(who, "redeem_password_link", link ? user_target(link->id()) : std::string(),
                   outcome_of(user));
    if (!user) co_return user.error();
    co_await end_old_sessions(who, *user);
    user->password_hash = Secret();
    co_return user;
}

asio::awaitable<result<User>> Accounts::view_password_link(std::string_view token) {
    const auto link = co_await authenticate(token, SessionKind::password_link);
    if (!link) co_return link.error();
    auto user = co_await user_of_link(*link);
    if (user) user->password_hash = Secret();
    co_return user;
}

asio::awaitable<result<User>> Accounts::user_of_link(Principal link) {
    auto user = co_await store_.find(link.id());
    if (!user) co_return user.error();
    const auto sessions = co_await store_.sessions_of(link.id());
    if (!sessions) co_return sessions.error();
    const bool is_valid =
        user->credentials_revision == link.credentials() &&
        std::any_of(sessions->begin(), sessions->end(), [&](const Session& session) {
            return session.id == link.session() && is_link_for(session, *user);
        });
    if (!is_valid) co_return Errc::session_revoked;
    co_return user;
}

// The expected revision makes it the only use: the user has another one afterwards, and what
// changed since the user was read may have been the e-mail or the password.
asio::awaitable<result<User>> Accounts::redeem(RequestContext who, Principal link,
                                               Secret new_password) {
    const auto user = co_await user_of_link(link);
    if (!user) co_return user.error();
    const auto valid = policy(who.client.channel).check(new_password, user->email);
    if (!valid) co_return valid.error();
    auto hash = co_await hasher_.hash(std::move(new_password));
    if (!hash) co_return hash.error();
    UpdateUser update(user->id);
    update.password_hash = std::move(*hash);
    update.expected = user->revision;
    Write write = std::move(update);
    auto changed = co_await store_.apply(std::move(write));
    if (changed || changed.error() != Errc::revision_mismatch) co_return changed;
    const auto now = co_await store_.find(link.id());
    const bool was_used = now && now->credentials_revision != link.credentials();
    co_return was_used ? Errc::session_revoked : Errc::revision_mismatch;
}

}  // namespace roster::accounts
