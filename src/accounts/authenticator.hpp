#pragma once

// Proving who somebody is, by a password: the only place where a guess is looked at, whichever way
// it came, so that all guesses are counted together. Knows no session but that its caller has one.

#include <roster/log.hpp>
#include <roster/store.hpp>

#include "accounts/account_events.hpp"
#include "accounts/attempt.hpp"
#include "accounts/rate_limit/rate_limiter.hpp"
#include "accounts/request_context.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>
#include <string>

namespace roster::passwords {
class PasswordHasher;
}

namespace roster::accounts {

/// Threads: any.
/// Lifetime: outlives every awaitable it has given out; what it was made of outlives it.
class Authenticator {
  public:
    Authenticator(Store& store, passwords::PasswordHasher& hasher, RateLimiter& throttle,
                  AuditTrail audit, std::shared_ptr<Log> log);

    /// As `Accounts::log_in`, with the hash.
    boost::asio::awaitable<Attempt<User>> log_in(RequestContext who, std::string email,
                                                 Secret password);

    /// Has somebody who is logged in prove once more who he is.
    /// Errors: `invalid_credentials`, `too_many_attempts`, `user_not_found`.
    boost::asio::awaitable<Attempt<User>> confirm(RequestContext who, UserId id, Secret password);

    /// Writes down what the throttle has to remember.
    boost::asio::awaitable<void> remember(LimiterRecords records);

  private:
    boost::asio::awaitable<Attempt<User>> prove(RequestContext who, std::optional<User> user,
                                                AccountKey account, Secret password,
                                                std::string target);
    boost::asio::awaitable<Admission<LogInGuard>> admit(AttemptKey attempt);
    boost::asio::awaitable<result<User>> verify(std::optional<User> user, Secret password);
    boost::asio::awaitable<User> rehash(User user, Secret password);

    Store& store_;
    passwords::PasswordHasher& hasher_;
    RateLimiter& limiter_;
    AuditTrail audit_;
    std::shared_ptr<Log> log_;
};

}  // namespace roster::accounts
