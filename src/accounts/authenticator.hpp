#pragma once

// Proving who somebody is, by a password: the only place where a guess is looked at, whichever way
// it came, so that all guesses are counted together. Knows no session but that its caller has one.

#include <roster/store.hpp>

#include "accounts/attempt.hpp"
#include "accounts/audit_trail.hpp"
#include "accounts/caller.hpp"
#include "accounts/throttle.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>
#include <string>

namespace spdlog {
class logger;
}

namespace roster::accounts {

class PasswordHasher;

/// Threads: any.
/// Lifetime: outlives every awaitable it has given out; what it was made of outlives it.
class Authenticator {
  public:
    Authenticator(Store& store, PasswordHasher& hasher, Throttle& throttle, AuditTrail audit,
                  std::shared_ptr<spdlog::logger> log);

    /// As `Accounts::log_in`, with the hash.
    boost::asio::awaitable<Attempt<User>> log_in(Caller who, std::string email, Secret password);

    /// Has somebody who is logged in prove once more who he is.
    /// Errors: `invalid_credentials`, `too_many_attempts`, `user_not_found`.
    boost::asio::awaitable<Attempt<User>> confirm(Caller who, UserId id, Secret password);

    /// Writes down what the throttle has to remember.
    boost::asio::awaitable<void> remember(ThrottleRecords records);

  private:
    boost::asio::awaitable<Attempt<User>> prove(Caller who, std::optional<User> user,
                                                AccountKey account, Secret password,
                                                std::string target);
    boost::asio::awaitable<Admission<GuessTicket>> admit(AttemptKey attempt);
    boost::asio::awaitable<result<User>> verify(std::optional<User> user, Secret password);
    boost::asio::awaitable<User> rehash(User user, Secret password);

    Store& store_;
    PasswordHasher& hasher_;
    Throttle& throttle_;
    AuditTrail audit_;
    std::shared_ptr<spdlog::logger> log_;
};

}  // namespace roster::accounts
