#pragma once

// Verifies passwords: the only place where a guess is looked at, however it came, so that all
// guesses are counted together. Knows no session but that its caller has one.

#include <roster/log.hpp>
#include <roster/store.hpp>

#include "accounts/account_events.hpp"
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
/// Cancellation: as of `Accounts`.
/// Lifetime: outlives every awaitable it has given out; what it was made of outlives it.
class Authenticator {
  public:
    Authenticator(Store& store, passwords::PasswordHasher& hasher, RateLimiter& limiter,
                  AccountEvents events, std::shared_ptr<Log> log);

    /// As `Accounts::log_in`, but the user has its hash.
    boost::asio::awaitable<Attempt<User>> log_in(RequestContext who, std::string login,
                                                 Secret password);

    /// Verifies the password of a user who is logged in.
    /// Errors: `invalid_credentials`, `too_many_attempts`, `user_not_found`.
    boost::asio::awaitable<Attempt<User>> confirm(RequestContext who, UserId id, Secret password);

    /// Makes what the rate limiter has to remember durable. A failure is logged.
    boost::asio::awaitable<void> save(LimiterRecords records);
    void log_failure(const RequestContext& who, const boost::system::error_code& why,
                     std::string_view target) const;

  private:
    /// `login`: what was tried, if there is no such user.
    boost::asio::awaitable<Attempt<User>> guess(RequestContext who, std::optional<User> user,
                                                std::string login, Secret password);
    boost::asio::awaitable<result<User>> verify(std::optional<User> user, Secret password);
    boost::asio::awaitable<User> rehash(User user, Secret password);

    Store& store_;
    passwords::PasswordHasher& hasher_;
    RateLimiter& limiter_;
    AccountEvents events_;
    std::shared_ptr<Log> log_;
};

}  // namespace roster::accounts
