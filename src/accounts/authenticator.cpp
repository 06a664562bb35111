#include "accounts/authenticator.hpp"

#include "core/text.hpp"
#include "passwords/password_hasher.hpp"

#include <roster/log.hpp>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <utility>

namespace roster::accounts {
namespace {

namespace asio = boost::asio;

// As long as a password waits for its hash at most.
constexpr std::chrono::seconds kCrowdPatience{4};
constexpr std::chrono::milliseconds kCrowdPause{10};

// A session counts for its own user's account only.
SessionId session_of(const Principal& who, const std::optional<User>& user) noexcept {
    return user && who.id() == user->id ? who.session() : 0;
}

bool is_wrong_guess(const result<User>& verified) noexcept {
    return !verified && verified.error() == Errc::invalid_credentials;
}

bool is_right_guess(const result<User>& verified) noexcept {
    return verified || verified.error() == Errc::account_disabled;
}

}  // namespace

Authenticator::Authenticator(Store& store, passwords::PasswordHasher& hasher, RateLimiter& throttle,
                             AuditTrail audit, std::shared_ptr<Log> log)
    : store_(store),
      hasher_(hasher),
      limiter_(throttle),
      audit_(std::move(audit)),
      log_(std::move(log)) {}

asio::awaitable<Attempt<User>> Authenticator::log_in(RequestContext who, std::string email,
                                                     Secret password) {
    auto found = co_await store_.find_by_email(email);
    if (!found && found.error() != Errc::user_not_found) co_return found.error();
    const AccountKey account = found ? AccountKey::user(found->id) : AccountKey::email(email);
    std::string target = found ? user_target(found->id) : printable(email);
    std::optional<User> user;
    if (found) user = std::move(*found);
    auto proved = co_await prove(std::move(who), std::move(user), account, std::move(password),
                                 std::move(target));
    co_return proved;
}

asio::awaitable<Attempt<User>> Authenticator::confirm(RequestContext who, UserId id,
                                                      Secret password) {
    auto found = co_await store_.find(id);
    if (!found) co_return found.error();
    std::optional<User> user = std::move(*found);
    auto proved = co_await prove(std::move(who), std::move(user), AccountKey::user(id),
                                 std::move(password), user_target(id));
    co_return proved;
}

// Whoever asks learns nothing but yes or no, and every way to it costs one hash and one write.
asio::awaitable<Attempt<User>> Authenticator::prove(RequestContext who, std::optional<User> user,
                                                    AccountKey account, Secret password,
                                                    std::string target) {
    const AttemptKey attempt(account, who.origin.address, session_of(who.principal, user));
    auto admission = co_await admit(attempt);
    if (!admission) {
        const Refusal& refusal = admission.refusal();
        if (refusal.audit_count != 0)
            audit_.record(who, "log_in", std::move(target), Errc::too_many_attempts,
                          refusal.audit_count);
        co_return Attempt<User>::too_many(refusal.wait);
    }
    auto verified = co_await verify(std::move(user), std::move(password));
    LimiterRecords records;
    if (is_wrong_guess(verified)) records = admission.ticket().failed();
    if (is_right_guess(verified)) records = admission.ticket().succeeded();
    co_await remember(std::move(records));
    audit_.record(who, "log_in", target, outcome_of(verified));
    log_->info("log-in of <{}> {}", target,
               verified ? "done" : "refused: " + verified.error().message());
    co_return verified;
}

// Many may log in to one account at once, and rightly so. They come in one after the other, as far
// as there are tries left for all of them to fail; so a flood at one account fills no queue either.
asio::awaitable<Admission<LogInGuard>> Authenticator::admit(AttemptKey attempt) {
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer pause(executor);
    const auto patience = std::chrono::steady_clock::now() + kCrowdPatience;
    for (;;) {
        auto admission = limiter_.begin(attempt);
        const bool may_wait = !admission && admission.refusal().is_crowded &&
                              std::chrono::steady_clock::now() < patience;
        if (!may_wait) co_return admission;
        pause.expires_after(kCrowdPause);
        boost::system::error_code ec;
        co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ec));
        if (ec) co_return admission;
    }
}

asio::awaitable<result<User>> Authenticator::verify(std::optional<User> user, Secret password) {
    Secret phc = user ? user->password_hash : Secret();
    const auto verdict = co_await hasher_.verify(std::move(phc), password);
    if (!verdict) co_return verdict.error();
    if (verdict->unusable)
        log_->warn("the password hash of user {} cannot be used; set a new password", user->id);
    if (!verdict->matches) co_return Errc::invalid_credentials;

    // While the hash ran, the user may have been changed, disabled or erased.
    auto now = co_await store_.find(user->id);
    if (!now && now.error() != Errc::user_not_found) co_return now.error();
    const bool is_still_proved = now && now->password_hash.reveal() == user->password_hash.reveal();
    if (!is_still_proved) co_return Errc::invalid_credentials;
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
        log_->warn("the new hash of user {}'s password was not kept: {}", user.id,
                   updated.error().message());
        co_return user;
    }
    log_->info("the password of user {} was hashed again at today's cost", user.id);
    co_return std::move(*updated);
}

// A guess whose answer somebody has seen must be remembered, whatever happens next. Where it cannot
// be written the count goes on in memory: who may log in must not depend on a full disk.
asio::awaitable<void> Authenticator::remember(LimiterRecords records) {
    if (records.empty()) co_return;
    SessionWrite save = SaveLimiterRecords(std::move(records));
    const auto saved = co_await store_.apply_session(std::move(save));
    if (!saved)
        log_->warn("what the throttle has to remember could not be written: {}",
                   saved.error().message());
}

}  // namespace roster::accounts
