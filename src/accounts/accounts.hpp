#pragma once

// The one entry to the rules: who may do what with which account, for every protocol and the
// command line. Knows the Store interface, not a store; no protocol, no status code.

#include <roster/audit.hpp>
#include <roster/store.hpp>

#include "accounts/account_events.hpp"
#include "accounts/authenticator.hpp"
#include "accounts/request_context.hpp"
#include "accounts/sessions.hpp"
#include "accounts/stored_rate_limiter.hpp"
#include "core/time.hpp"
#include "passwords/password_policy.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace roster::passwords {
class PasswordHasher;
}

namespace roster::accounts {

struct AccountsOptions {
    AccountsOptions() = default;

    SessionRules sessions;
    RateLimits rate_limits;
    passwords::PasswordPolicies policies;
    Clock clock;
    /// Null: no auditing.
    std::shared_ptr<AuditLog> audit;
    /// Whether users change their own e-mail and username; otherwise administrators alone do.
    bool users_change_identity = true;
};

class NewAccount {
  public:
    NewAccount(std::string address, Secret secret, Role initial_role = Role::user)
        : email(std::move(address)), password(std::move(secret)), role(initial_role) {}

    std::string email;
    Secret password;
    /// Only an administrator may set anything but `Role::user`, `disabled`, any metadata, or the
    /// profile's `groups` and `email_verified_at`.
    Role role;
    UserProfile profile;
    bool disabled = false;
    /// As in `CreateUser`.
    std::string metadata = "{}";
};

/// A change of the members that are set. Only an administrator may set `role`, `disabled`,
/// `metadata`, and the profile's `groups` and `email_verified_at`.
class AccountChange {
  public:
    AccountChange() = default;

    std::optional<std::string> email;
    /// Ends all sessions and log-ins but the caller's own.
    std::optional<Secret> password;
    std::optional<Role> role;
    std::optional<bool> disabled;
    ProfileChange profile;
    /// Replaces the whole; as in `CreateUser`.
    std::optional<std::string> metadata;
    /// As in `UpdateUser`.
    bool merges_metadata = false;
    std::optional<Revision> expected;
};

class PasswordChange {
  public:
    explicit PasswordChange(Secret replacement) : new_password(std::move(replacement)) {}

    Secret new_password;
    /// Required of users who change their own.
    std::optional<Secret> current_password;
    /// Otherwise all but the caller's own end. Links to set a password end in any case.
    bool keep_other_sessions = false;
    /// The user must still have it.
    std::optional<Revision> expected;
};

/// What a link to set a password is for; its list shows it.
enum class LinkPurpose : std::uint8_t { invite, reset };

/// A session that was opened, and its user.
class LoggedIn {
  public:
    LoggedIn(OpenedSession opened_session, User owner)
        : opened(std::move(opened_session)), user(std::move(owner)) {}

    OpenedSession opened;
    User user;
};

/// Some of all sessions, by id.
class SessionPage {
  public:
    SessionPage() = default;

    std::vector<Session> sessions;
    /// After which the next page begins; nullopt: this is the last one.
    std::optional<SessionId> next;
};

/// Users that it returns have an empty `password_hash`, sessions have no digest. Whatever is done
/// or refused is told to the audit log.
///
/// Errors, of every call: `store_unavailable`, and `overloaded` if a password is hashed or a write
/// waits.
/// Threads: any. An awaitable resumes on its caller's executor.
/// Cancellation: the caller awaits with cancellation disabled, as a connection does for its whole
/// life (`reset_cancellation_state(disable_cancellation())`). Otherwise a call could end in the
/// middle, for example between the change of a password and the end of its sessions.
/// Lifetime: outlives every awaitable it has given out; the store and the hasher outlive it.
class Accounts {
  public:
    /// Reads the sessions and the rate limiter's records, unless the store is shared.
    /// Throws: `StartupError` if the store cannot be read.
    Accounts(Store& store, passwords::PasswordHasher& hasher, AccountsOptions options,
             std::shared_ptr<Log> log);
    /// Writes the last uses of sessions and what the rate limiter has to remember.
    ~Accounts();

    Accounts(const Accounts&) = delete;
    Accounts& operator=(const Accounts&) = delete;

    /// Errors: `email_…`, `password_…` (not valid), `forbidden` (only for an administrator),
    /// `email_taken`, `username_taken`, `invalid_request` (profile or metadata),
    /// `too_many_attempts` (from this network).
    boost::asio::awaitable<Attempt<User>> sign_up(RequestContext who, NewAccount account);

    /// Verifies the password and returns the user. `login` is an e-mail or a username; of two users
    /// that have it, the one whose e-mail it is. A caller who is the same user already, by a
    /// session, is not kept out by guesses of others.
    ///
    /// An unknown login, a wrong password, and a disabled account with whatever password get the
    /// same answer at the same cost; only the logs tell them apart.
    /// Errors: `invalid_credentials`, `too_many_attempts` (the password was not verified).
    boost::asio::awaitable<Attempt<User>> log_in(RequestContext who, std::string login,
                                                 Secret password);

    /// As `log_in`, and opens a session. `label`: what its user calls it.
    boost::asio::awaitable<Attempt<LoggedIn>> open_session(RequestContext who, std::string login,
                                                           Secret password, std::string label);

    /// Resolves the token of a session of one of these kinds to a principal with the user's current
    /// role.
    /// Errors: `unauthenticated` (no such session, or of another kind), `session_expired`,
    /// `session_revoked` (ended, or the user was disabled or erased, or has a new password).
    /// `user` gets the user as well, as `view` returns them, if the store has them at hand; its id
    /// stays what it is otherwise.
    /// Lifetime: the text and `user` outlive the awaitable.
    boost::asio::awaitable<result<Principal>> authenticate(std::string_view token,
                                                           SessionKinds kinds = kLoginKinds,
                                                           User* user = nullptr);

    /// The same without waiting; `nullopt` if the store has to be asked.
    std::optional<result<Principal>> authenticate_now(std::string_view token,
                                                      SessionKinds kinds = kLoginKinds,
                                                      User* user = nullptr);

    /// The same for a connection's log-in. Errors: `unauthenticated` (the user is gone or disabled,
    /// or has a new password).
    boost::asio::awaitable<result<Principal>> principal(AuthenticatedLogin login,
                                                        User* user = nullptr);
    /// The same without a coroutine. `nullopt`: the store has to be waited for.
    std::optional<result<Principal>> principal_now(const AuthenticatedLogin& login,
                                                   User* user = nullptr);

    /// Opens a session of the caller for a program. Without `expires_in` it ends after
    /// `Sessions::kLongest`. Errors: `forbidden` (no user), `invalid_request` (`expires_in`).
    boost::asio::awaitable<result<OpenedSession>> create_token(
        RequestContext who, std::string label, std::optional<std::chrono::seconds> expires_in);

    /// Opens a session that ends with the caller's log-in, for what a proxy asks. Errors:
    /// `forbidden` (the caller has no log-in with a session).
    boost::asio::awaitable<result<OpenedSession>> open_forward(RequestContext who);

    /// A token with which a user sets a password once, whatever the old one is. It is void when the
    /// password or the e-mail changes, or the user is disabled or enabled.
    /// Errors: `forbidden` (only for an administrator), `user_not_found`, `account_disabled`,
    /// `invalid_request` (`expires_in`).
    boost::asio::awaitable<result<OpenedSession>> create_password_link(
        RequestContext who, UserId id, LinkPurpose purpose, std::chrono::seconds expires_in);

    /// Whose password the link sets. Errors: as of `authenticate`.
    boost::asio::awaitable<result<User>> view_password_link(std::string_view token);

    /// Sets the password and ends all of the user's sessions, the caller's too.
    /// Errors: as of `authenticate`; `password_…` (not valid; the link stays),
    /// `revision_mismatch` (the user was changed at the same time), `too_many_attempts` (from this
    /// network, together with sign-ups).
    boost::asio::awaitable<Attempt<User>> redeem_password_link(RequestContext who, Secret token,
                                                               Secret new_password);

    /// Errors: `forbidden`, `user_not_found`.
    boost::asio::awaitable<result<User>> view(Principal who, UserId id);

    /// The user with this e-mail; otherwise with this username.
    /// Errors: `forbidden` (only for an administrator), `user_not_found`.
    boost::asio::awaitable<result<User>> find_by_login(Principal who, std::string login);

    /// The first `limit` users with an id above `after`, by id; an empty page is the end.
    /// Errors: `forbidden` (only for an administrator).
    boost::asio::awaitable<result<std::vector<User>>> list(Principal who, UserId after,
                                                           std::size_t limit);

    /// The same with their password hashes, for an export.
    /// Errors: `forbidden` (only for the local operator).
    boost::asio::awaitable<result<std::vector<User>>> list_with_hashes(Principal who, UserId after,
                                                                       std::size_t limit);

    /// Errors: `forbidden` (only for an administrator), `invalid_request` (`problem_of` says why,
    /// or the cursor is not of this query).
    boost::asio::awaitable<result<UserPage>> search(Principal who, UserQuery query);

    /// Errors, the first that applies: `email_…`, `password_…` (not valid), `forbidden` (not logged
    /// in), `user_not_found`, `forbidden` (another user's), `too_many_attempts` (of others'
    /// e-mails or usernames, from this network), `email_taken`, `username_taken`,
    /// `invalid_request` (profile or metadata), `last_admin`, `revision_mismatch`.
    boost::asio::awaitable<Attempt<User>> modify(RequestContext who, UserId id,
                                                 AccountChange change);

    /// Returns the user afterwards. Errors: `password_…` (not valid), `forbidden`,
    /// `user_not_found`, `invalid_credentials` (the current one is wrong or missing),
    /// `too_many_attempts`.
    boost::asio::awaitable<Attempt<User>> change_password(RequestContext who, UserId id,
                                                          PasswordChange change);

    /// Returns the user as it was. Errors: `forbidden`, `user_not_found`, `last_admin`,
    /// `revision_mismatch`.
    boost::asio::awaitable<result<User>> erase(RequestContext who, UserId id,
                                               std::optional<Revision> expected);

    /// How long ago the user logged in who has this session; of a program's, since it was opened.
    /// Errors: `session_not_found`.
    boost::asio::awaitable<result<std::chrono::seconds>> age_of_log_in(Principal who) {
        return sessions_.age_of_log_in(who.session());
    }

    /// The live ones of a user, by id. Errors: `forbidden`, `user_not_found`.
    boost::asio::awaitable<result<std::vector<Session>>> sessions(Principal who, UserId user);

    /// The live ones of all users among the first `limit` of the store with an id above `after`.
    /// Errors: `forbidden` (only for an administrator).
    boost::asio::awaitable<result<SessionPage>> all_sessions(Principal who, SessionId after,
                                                             std::size_t limit);

    /// For an ordinary user another user's session is not found.
    /// Errors: `forbidden` (not logged in), `session_not_found`.
    boost::asio::awaitable<result<void>> end_session(RequestContext who, SessionId id);

    /// Ends all of a user's, or all but the caller's own. Returns how many there were.
    /// Errors: `forbidden`, `user_not_found`.
    boost::asio::awaitable<result<std::size_t>> end_sessions(RequestContext who, UserId user,
                                                             bool keep_own);

    /// Whom the rate limiter delays; as of `RateLimiter::delays`.
    /// Errors: `forbidden` (only for an administrator).
    boost::asio::awaitable<result<Delays>> delays(Principal who, std::string after,
                                                  std::size_t limit);

    /// Lets whom this key delays try again at once. False: nothing is counted by it.
    /// Errors: `forbidden` (only for an administrator).
    boost::asio::awaitable<result<bool>> forgive(RequestContext who, std::string key);

    /// Asks again, after what took long: the account may have been disabled or demoted meanwhile,
    /// the password changed, the session ended. Errors: `forbidden`, `user_not_found`.
    boost::asio::awaitable<result<void>> still_may(Principal who);

    /// For an import, which checks what is new against the rules by itself.
    /// Errors: `forbidden` (only for an administrator).
    boost::asio::awaitable<result<Secret>> hash_imported(Principal who, Secret password);

    /// Adds all of them, or none. Returns them in their order.
    /// Errors: `forbidden` (only for an administrator); as of `Store::apply_all`.
    boost::asio::awaitable<result<std::vector<User>>> import(RequestContext who,
                                                             std::vector<CreateUser> users);

    /// Audits what others do with all users at once.
    void audit(const RequestContext& who, std::string_view action, std::string target,
               boost::system::error_code outcome = {}, std::uint64_t count = 1) const {
        events_.record(who, action, std::move(target), outcome, count);
    }

    LogInCounts log_ins() const noexcept { return authenticator_.counts(); }

    /// What was done or refused since the start.
    AccountEvents::Counts event_counts() const { return events_.counts(); }

    /// What the metrics tell of the parts.
    struct Figures {
        std::uint64_t hashes = 0;
        std::size_t running_hashes = 0;
        std::size_t waiting_hashes = 0;
        /// Networks and accounts of which the rate limiter knows something, and those it delays;
        /// if the store is shared, only the store does.
        std::size_t limiter_records = 0;
        std::size_t delayed = 0;
        std::uint64_t audit_events_lost = 0;
        StoreFigures store;
    };
    Figures figures() const;

    /// The store's URL, for people.
    std::string store_url() const { return store_.url(); }

    /// Threads: any. Never waits for a disk.
    StoreStatus status() const { return store_.status(); }

    /// The policy for new passwords that come through this channel.
    const passwords::PasswordPolicy& policy(Channel channel) const { return policies_.at(channel); }

  private:
    // What two users cannot both have; empty where it does not change.
    struct Logins {
        Logins(std::string its_email, std::string its_username)
            : email(std::move(its_email)), username(std::move(its_username)) {}

        std::string email;
        std::string username;
    };

    boost::asio::awaitable<result<User>> create(RequestContext who, NewAccount account);
    boost::asio::awaitable<Attempt<User>> update(RequestContext who, UserId id,
                                                 AccountChange change);
    boost::asio::awaitable<Attempt<User>> replace_password(RequestContext who, UserId id,
                                                           PasswordChange change);
    boost::asio::awaitable<result<void>> check_free(Logins logins, UserId owner);
    boost::asio::awaitable<result<void>> check_free(std::string login, UserId owner, Errc taken);
    boost::asio::awaitable<Attempt<void>> claim(RequestContext who, Logins logins, User owner);
    boost::asio::awaitable<result<Secret>> hash_for(RequestContext caller, Secret password);
    boost::asio::awaitable<result<OpenedSession>> open(RequestContext who, std::string action,
                                                       User user, NewSession session);
    boost::asio::awaitable<result<User>> own_user(Principal who);
    boost::asio::awaitable<result<User>> user_of_link(Principal link);
    boost::asio::awaitable<result<User>> redeem(RequestContext who, Principal link,
                                                Secret new_password);
    boost::asio::awaitable<void> end_old_sessions(RequestContext who, User user);
    result<Principal> find_principal(const SessionDigest& digest, SessionKinds kinds, User* user);
    boost::asio::awaitable<result<Principal>> prove(SessionDigest digest, SessionKinds kinds,
                                                    User* user);
    void maintain(const std::stop_token& stop);

    Store& store_;
    passwords::PasswordHasher& hasher_;
    std::shared_ptr<Log> log_;
    passwords::PasswordPolicies policies_;
    const bool users_change_identity_;
    AccountEvents events_;
    StoredRateLimiter limiter_;
    Authenticator authenticator_;
    Sessions sessions_;
    // Last: it uses the others.
    std::jthread maintenance_;
};

}  // namespace roster::accounts
