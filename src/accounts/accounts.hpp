#pragma once

// The one entry point to the rules: who may do what with which account.
// Knows the Store interface, not a store; no protocol, no status code.

#include <roster/audit.hpp>
#include <roster/store.hpp>

#include "accounts/account_events.hpp"
#include "accounts/attempt.hpp"
#include "accounts/authenticator.hpp"
#include "accounts/rate_limit/rate_limiter.hpp"
#include "accounts/request_context.hpp"
#include "accounts/sessions.hpp"
#include "core/clock.hpp"
#include "passwords/password_policy.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace roster::passwords {
class PasswordHasher;
}

namespace roster::accounts {

/// What the house rules are.
struct AccountsOptions {
    AccountsOptions() = default;

    SessionRules sessions;
    RateLimits throttle;
    passwords::PasswordPolicies policies;
    Clock clock;
    /// Nothing: nobody listens.
    std::shared_ptr<AuditLog> audit;
};

class NewAccount {
  public:
    NewAccount(std::string address, Secret secret, Role initial_role = Role::user)
        : email(std::move(address)), password(std::move(secret)), role(initial_role) {}

    std::string email;
    Secret password;
    /// Anything but `Role::user` takes an administrator, and so do `disabled` and any metadata.
    Role role;
    bool disabled = false;
    /// As in `CreateUser`.
    std::string metadata = "{}";
};

/// A change of the members that are set. `role`, `disabled` and `metadata` take an administrator.
class AccountChange {
  public:
    AccountChange() = default;

    std::optional<std::string> email;
    /// Ends all sessions and log-ins but the caller's own.
    std::optional<Secret> password;
    std::optional<Role> role;
    std::optional<bool> disabled;
    /// Replaces the whole; as in `CreateUser`.
    std::optional<std::string> metadata;
    std::optional<Revision> expected;
};

/// A new password.
class PasswordChange {
  public:
    explicit PasswordChange(Secret replacement) : new_password(std::move(replacement)) {}

    Secret new_password;
    /// Must be given by whoever changes his own.
    std::optional<Secret> current_password;
    /// Otherwise all but the caller's own end.
    bool keep_other_sessions = false;
};

/// A session that was opened, and whose it is.
class LoggedIn {
  public:
    LoggedIn(OpenedSession opened_session, User owner)
        : opened(std::move(opened_session)), user(std::move(owner)) {}

    OpenedSession opened;
    User user;
};

/// Users that it gives out have an empty `password_hash`, sessions have no digest.
/// Whatever is done or refused here is told to the audit log.
///
/// Errors, of every call: `store_unavailable`, and `overloaded` where a password is hashed or a
/// write waits.
/// Threads: any. An awaitable resumes on its caller's executor.
/// Cancellation: none; a call that was begun is finished.
/// Lifetime: outlives every awaitable it has given out; the store and the hasher outlive it.
class Accounts {
  public:
    /// Reads the sessions and what the throttle has to remember.
    /// Throws: `StartupError` where the store cannot be read.
    Accounts(Store& store, passwords::PasswordHasher& hasher, AccountsOptions options,
             std::shared_ptr<Log> log);
    ~Accounts();

    /// Errors: `email_…`, `password_…` (not valid), `forbidden` (takes an administrator),
    /// `email_taken`, `invalid_request` (metadata), `too_many_attempts` (from this network).
    boost::asio::awaitable<Attempt<User>> sign_up(RequestContext who, NewAccount account);

    /// Proves who somebody is, and gives him. A caller who is the same user already, by a session,
    /// is not kept out by what strangers do.
    ///
    /// An unknown e-mail, a wrong password, and a disabled account without the right password get
    /// the same answer at the same cost.
    /// Errors: `invalid_credentials`, `account_disabled` (the password was right),
    /// `too_many_attempts` (nothing was looked at).
    boost::asio::awaitable<Attempt<User>> log_in(RequestContext who, std::string email,
                                                 Secret password);

    /// As `log_in`, and opens a session. `label`: what its owner calls it.
    boost::asio::awaitable<Attempt<LoggedIn>> open_session(RequestContext who, std::string email,
                                                           Secret password, std::string label);

    /// Who comes with this token, now: his role is that of this moment.
    /// Errors: `unauthenticated` (no such session), `session_expired`, `session_revoked` (ended, or
    /// the user's password was changed, or he was disabled or erased).
    boost::asio::awaitable<result<Principal>> authenticate(const Secret& token);

    /// Who was proved before, now. Errors: `unauthenticated` (gone, disabled, or his password is
    /// another one).
    boost::asio::awaitable<result<Principal>> principal(AuthenticatedLogin proof);

    /// Errors: `forbidden`, `user_not_found`.
    boost::asio::awaitable<result<User>> view(Principal who, UserId id);

    /// The first `limit` users with an id above `after`, by id; an empty page is the end.
    /// Errors: `forbidden` (takes an administrator).
    boost::asio::awaitable<result<std::vector<User>>> list(Principal who, UserId after,
                                                           std::size_t limit);

    /// Errors: `forbidden` (takes an administrator), `invalid_request` (`why_refused` says why).
    boost::asio::awaitable<result<UserPage>> search(Principal who, UserQuery query);

    /// Errors, the first that applies: `email_…`, `password_…` (not valid), `forbidden` (not logged
    /// in), `user_not_found`, `forbidden` (not his own), `email_taken`, `invalid_request`
    /// (metadata), `last_admin`, `revision_mismatch`. And `too_many_attempts` (of others' e-mails,
    /// from this network).
    boost::asio::awaitable<Attempt<User>> modify(RequestContext who, UserId id,
                                                 AccountChange change);

    /// Errors: `password_…` (not valid), `forbidden`, `user_not_found`, `invalid_credentials` (the
    /// current one is wrong or missing), `too_many_attempts`. Gives the user as he is afterwards.
    boost::asio::awaitable<Attempt<User>> change_password(RequestContext who, UserId id,
                                                          PasswordChange change);

    /// Errors: `forbidden`, `user_not_found`, `last_admin`, `revision_mismatch`. Gives the user as
    /// he was.
    boost::asio::awaitable<result<User>> erase(RequestContext who, UserId id,
                                               std::optional<Revision> expected);

    /// Those of a user that are alive, by id. Errors: `forbidden`, `user_not_found`.
    boost::asio::awaitable<result<std::vector<Session>>> sessions(Principal who, UserId user);

    /// Somebody else's looks to an ordinary user like one that is not there.
    /// Errors: `forbidden` (not logged in), `session_not_found`.
    boost::asio::awaitable<result<void>> end_session(RequestContext who, SessionId id);

    /// Ends all of a user's, or all but the caller's own. Gives how many there were.
    /// Errors: `forbidden`, `user_not_found`.
    boost::asio::awaitable<result<std::size_t>> end_sessions(RequestContext who, UserId user,
                                                             bool keep_own);

    /// Threads: any. Never waits for a disk.
    StoreStatus status() const;

    /// The policy for new passwords that come through this entry point.
    const passwords::PasswordPolicy& policy(Channel channel) const;

  private:
    boost::asio::awaitable<Attempt<User>> do_sign_up(RequestContext who, NewAccount account);
    boost::asio::awaitable<result<User>> create(RequestContext who, NewAccount account);
    boost::asio::awaitable<result<void>> check_free(std::string email, UserId owner);
    boost::asio::awaitable<Attempt<User>> do_log_in(RequestContext who, std::string email,
                                                    Secret password);
    boost::asio::awaitable<Attempt<LoggedIn>> do_open_session(RequestContext who, std::string email,
                                                              Secret password, std::string label);
    boost::asio::awaitable<result<Principal>> do_authenticate(SessionDigest digest);
    boost::asio::awaitable<Attempt<User>> claim_email(RequestContext who, std::string email,
                                                      User owner);
    boost::asio::awaitable<result<void>> check_auth_state(Principal who);
    boost::asio::awaitable<Attempt<User>> do_modify(RequestContext who, UserId id,
                                                    AccountChange change);
    boost::asio::awaitable<Attempt<User>> decide_modify(RequestContext who, UserId id,
                                                        AccountChange change);
    boost::asio::awaitable<Attempt<User>> do_change_password(RequestContext who, UserId id,
                                                             PasswordChange change);
    boost::asio::awaitable<Attempt<User>> decide_password(RequestContext who, UserId id,
                                                          PasswordChange change);
    boost::asio::awaitable<void> end_what_is_over(RequestContext who, User user);
    boost::asio::awaitable<result<User>> do_erase(RequestContext who, UserId id,
                                                  std::optional<Revision> expected);
    boost::asio::awaitable<result<User>> decide_erase(RequestContext who, UserId id,
                                                      std::optional<Revision> expected);
    boost::asio::awaitable<result<void>> do_end_session(RequestContext who, SessionId id);
    boost::asio::awaitable<result<std::size_t>> do_end_sessions(RequestContext who, UserId user,
                                                                bool keep_own);

    Store& store_;
    passwords::PasswordHasher& hasher_;
    std::shared_ptr<Log> log_;
    passwords::PasswordPolicies policies_;
    AuditTrail audit_;
    RateLimiter limiter_;
    Authenticator authenticator_;
    Sessions sessions_;
};

}  // namespace roster::accounts
