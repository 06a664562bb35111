#pragma once

// The one door to the rules: who may do what with which account.
// Knows the Store interface, not a store; no protocol, no status code.

#include <roster/store.hpp>

#include "accounts/principal.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace roster::accounts {

class PasswordHasher;

class NewAccount {
  public:
    NewAccount(std::string address, Secret secret, Role initial_role = Role::user)
        : email(std::move(address)), password(std::move(secret)), role(initial_role) {}

    std::string email;
    Secret password;
    /// Anything but `Role::user` takes an administrator.
    Role role;
};

/// A change of the members that are set. `role` and `disabled` take an administrator.
class AccountChange {
  public:
    AccountChange() = default;

    std::optional<std::string> email;
    std::optional<Secret> password;
    std::optional<Role> role;
    std::optional<bool> disabled;
    std::optional<Revision> expected;
};

/// Users that it gives out have an empty `password_hash`.
///
/// Errors, of every call: `store_unavailable`, and `overloaded` where a password is hashed or a
/// write waits.
/// Threads: any. An awaitable resumes on its caller's executor.
/// Cancellation: none; a call that was begun is finished.
/// Lifetime: outlives every awaitable it has given out; the store and the hasher outlive it.
class Accounts {
  public:
    Accounts(Store& store, PasswordHasher& hasher, std::shared_ptr<spdlog::logger> log);

    /// Errors: `email_…`, `password_…` (not valid), `forbidden` (role), `email_taken`.
    boost::asio::awaitable<result<User>> sign_up(Principal who, NewAccount account);

    /// An unknown e-mail and a disabled account cost the same hash as a wrong password, and get
    /// the same answer. Errors: `invalid_credentials`.
    boost::asio::awaitable<result<User>> log_in(std::string email, Secret password);

    /// What the user with this id may do now. Errors: `user_not_found` (gone, or disabled).
    boost::asio::awaitable<result<Principal>> principal(UserId id);

    /// Errors: `forbidden`, `user_not_found`.
    boost::asio::awaitable<result<User>> view(Principal who, UserId id);

    /// The first `limit` users with an id above `after`, by id; an empty page is the end.
    /// Errors: `forbidden` (takes an administrator).
    boost::asio::awaitable<result<std::vector<User>>> list(Principal who, UserId after,
                                                           std::size_t limit);

    /// Errors, looked for in this order: `email_…`, `password_…` (not valid), `forbidden` (not
    /// logged in), `user_not_found`, `forbidden` (not his own, or a right he does not have),
    /// `email_taken`, `last_admin`, `revision_mismatch`.
    boost::asio::awaitable<result<User>> modify(Principal who, UserId id, AccountChange change);

    /// How the store is doing.
    StoreStatus status() const;

  private:
    boost::asio::awaitable<result<User>> do_sign_up(Principal who, NewAccount account);
    boost::asio::awaitable<result<User>> do_log_in(std::string email, Secret password);
    boost::asio::awaitable<result<User>> do_modify(Principal who, UserId id, AccountChange change);
    boost::asio::awaitable<result<void>> check_free(std::string email, UserId owner);
    boost::asio::awaitable<result<User>> prove(std::string email, Secret password);
    boost::asio::awaitable<User> rehash(User user, Secret password);

    Store& store_;
    PasswordHasher& hasher_;
    std::shared_ptr<spdlog::logger> log_;
};

}  // namespace roster::accounts
