#pragma once

// Verifies passwords: the only place where a guess is looked at, however it came, so that all
// guesses are counted together. Knows no session but that its caller has one.

#include <roster/log.hpp>
#include <roster/store.hpp>

#include "accounts/account_events.hpp"
#include "accounts/request_context.hpp"
#include "accounts/stored_rate_limiter.hpp"

#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace roster::passwords {
class PasswordHasher;
}

namespace roster::accounts {

/// Guesses by how they ended, since the start.
struct LogInCounts {
    std::uint64_t succeeded = 0;
    /// No such user, a wrong password, or a disabled account.
    std::uint64_t refused = 0;
    /// By the rate limiter, without a look at the password.
    std::uint64_t delayed = 0;
    /// Too many wait, or the store failed.
    std::uint64_t failed = 0;
};

/// Threads: any.
/// Cancellation: as of `Accounts`.
/// Lifetime: outlives every awaitable it has given out; what it was made of outlives it.
class Authenticator {
  public:
    Authenticator(Store& store, passwords::PasswordHasher& hasher, StoredRateLimiter& limiter,
                  AccountEvents events, std::shared_ptr<Log> log);

    /// As `Accounts::log_in`, but the user has its hash.
    boost::asio::awaitable<Attempt<User>> log_in(RequestContext who, std::string login,
                                                 Secret password);

    /// Verifies the password of a user who is logged in.
    /// Errors: `invalid_credentials`, `too_many_attempts`, `user_not_found`.
    boost::asio::awaitable<Attempt<User>> confirm(RequestContext who, UserId id, Secret password);

    LogInCounts counts() const noexcept;

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
    StoredRateLimiter& limiter_;
    AccountEvents events_;
    std::shared_ptr<Log> log_;
    std::atomic<std::uint64_t> succeeded_ = 0;
    std::atomic<std::uint64_t> refused_ = 0;
    std::atomic<std::uint64_t> delayed_ = 0;
    std::atomic<std::uint64_t> failed_ = 0;
};

}  // namespace roster::accounts
