#include "accounts/authenticator.hpp"

#include <roster/log.hpp>

#include "core/text.hpp"
#include "passwords/password_hasher.hpp"

#include <utility>

namespace roster::accounts {
namespace {

namespace asio = boost::asio;

// As in a string of JSON: what was typed cannot end it.
std::string quoted(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
        if (c == '"' || c == '\\') escaped += '\\';
        escaped += c;
    }
    return '"' + printable(escaped) + '"';
}

// The same limits for an account, whichever of its logins is tried, and for a login without one.
AttemptKey attempt_of(const RequestContext& who, const std::optional<User>& user,
                      const std::string& login) {
    AttemptKey attempt(user ? account_key(user->id) : account_key(login), who.client.address);
    if (!user) return attempt;
    attempt.credentials = user->credentials_revision;
    // A session counts for its own user's account only.
    if (who.principal.is_user(user->id)) attempt.session = who.principal.session();
    return attempt;
}

}  // namespace

Authenticator::Authenticator(Store& store, passwords::PasswordHasher& hasher,
                             StoredRateLimiter& limiter, AccountEvents events,
                             std::shared_ptr<Log> log)
    : store_(store),
      hasher_(hasher),
      limiter_(limiter),
      events_(std::move(events)),
      log_(std::move(log)) {}

asio::awaitable<Attempt<User>> Authenticator::log_in(RequestContext who, std::string login,
                                                     Secret password) {
    auto found = co_await store_.find_by_login(login);
    if (!found && found.error() != Errc::user_not_found) {
        ++failed_;
        co_return found.error();
    }
    std::optional<User> user;
    if (found) user = std::move(*found);
    auto verified =
        co_await guess(std::move(who), std::move(user), std::move(login), std::move(password));
    co_return verified;
}

asio::awaitable<Attempt<User>> Authenticator::confirm(RequestContext who, UserId id,
                                                      Secret password) {
    auto found = co_await store_.find(id);
    if (!found) co_return found.error();
    std::optional<User> user = std::move(*found);
    auto verified =
        co_await guess(std::move(who), std::move(user), std::string(), std::move(password));
    co_return verified;
}

// The caller learns nothing but yes or no, and a wrong guess costs one hash and one write, whether
// the account exists or not.
asio::awaitable<Attempt<User>> Authenticator::guess(RequestContext who, std::optional<User> user,
                                                    std::string login, Secret password) {
    const std::string target = user ? user_target(user->id) : email_target(login);
    AttemptKey attempt = attempt_of(who, user, login);
    auto admission = co_await limiter_.admit(std::move(attempt));
    if (!admission) {
        ++failed_;
        events_.record(who, "log_in", target, admission.error());
        co_return admission.error();
    }
    if (!*admission) {
        ++delayed_;
        events_.record(who, "log_in", target, Errc::too_many_attempts);
        co_return Attempt<User>::too_many(admission->wait());
    }
    AddedTime hashing(who.hash_time);
    auto verified = co_await verify(std::move(user), std::move(password));
    hashing.stop();
    const bool is_disabled = !verified && verified.error() == Errc::account_disabled;
    Outcome outcome = Outcome::abandoned;
    if (verified)
        outcome = Outcome::succeeded;
    else if (is_disabled || verified.error() == Errc::invalid_credentials)
        outcome = Outcome::failed;
    ++(outcome == Outcome::abandoned ? failed_ : verified ? succeeded_ : refused_);
    // A guess whose answer somebody has seen is remembered, whatever happens next.
    co_await limiter_.settle(std::move(*admission), outcome);
    if (verified) who.principal = Principal::user(verified->id, verified->role);
    events_.record(who, "log_in", target, outcome_of(verified));
    if (verified)
        log_->info("log-in of {} done", printable(target));
    else
        log_failure(who, verified.error(), target);
    // Whether the password of a disabled account is right is for the logs alone.
    if (is_disabled) co_return Errc::invalid_credentials;
    co_return verified;
}

// Tools such as fail2ban read this line: docs/RATE_LIMITING.md promises it.
void Authenticator::log_failure(const RequestContext& who, const boost::system::error_code& why,
                                std::string_view target) const {
    const bool is_ours = why.category() == error_category();
    log_->info("event=log_in_failed address={} reason={} target={}",
               who.client.address ? who.client.address->to_string() : "local",
               is_ours ? name_of(static_cast<Errc>(why.value())) : "internal", quoted(target));
}

asio::awaitable<result<User>> Authenticator::verify(std::optional<User> user, Secret password) {
    Secret phc = user ? user->password_hash : Secret();
    const auto verdict = co_await hasher_.verify(std::move(phc), password);
    if (!verdict) co_return verdict.error();
    if (verdict->unusable)
        log_->warn("the password hash of user {} cannot be used; set a new password", user->id);
    if (!verdict->matches) co_return Errc::invalid_credentials;

    // While the hash was computed, the user may have been changed, disabled or erased.
    auto now = co_await store_.find(user->id);
    if (!now && now.error() != Errc::user_not_found) co_return now.error();
    if (!now) co_return Errc::invalid_credentials;
    const bool is_same_hash = now->password_hash.reveal() == user->password_hash.reveal();
    if (!is_same_hash && now->credentials_revision == user->credentials_revision) {
        // Perhaps the same password, which another log-in has hashed again.
        user = std::move(*now);
        auto verified = co_await verify(std::move(user), std::move(password));
        co_return verified;
    }
    if (!is_same_hash) co_return Errc::invalid_credentials;
    if (now->disabled) co_return Errc::account_disabled;
    if (!verdict->outdated) co_return std::move(*now);
    User rehashed = co_await rehash(std::move(*now), std::move(password));
    co_return rehashed;
}

// A hash at today's cost, now that the password is known. The log-in does not depend on it.
asio::awaitable<User> Authenticator::rehash(User user, Secret password) {
    auto hash = co_await hasher_.hash(std::move(password));
    if (!hash) {
        log_->warn("the password of user {} was not hashed again: {}", user.id,
                   hash.error().message());
        co_return user;
    }
    UpdateUser update(user.id);
    update.password_hash = std::move(*hash);
    update.expected = user.revision;
    update.keeps_credentials = true;
    Write write = std::move(update);
    auto updated = co_await store_.apply(std::move(write));
    if (!updated) {
        log_->warn("the new hash of user {}'s password was not stored: {}", user.id,
                   updated.error().message());
        co_return user;
    }
    log_->info("the password of user {} was hashed again at today's cost", user.id);
    co_return std::move(*updated);
}

LogInCounts Authenticator::counts() const noexcept {
    return {succeeded_, refused_, delayed_, failed_};
}

}  // namespace roster::accounts
