#pragma once

// The first administrator of a store that has none.
// Knows no command line: where the e-mail and the password come from is for the caller to say.

#include <roster/secret.hpp>
#include <roster/user.hpp>

#include "accounts/request_context.hpp"
#include "accounts/sessions.hpp"

#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace roster::accounts {

class Accounts;
class NewAccount;

/// Creates the first administrator and returns it. If there is an administrator already, returns
/// nullopt and does not ask for the password.
///
/// An ordinary user with this e-mail is not promoted: anybody may have signed up under it before
/// the operator did, and would be handed all accounts.
///
/// Throws: `StartupError` (`email_taken`; `email_…`, `password_…` if they are not valid; or why
/// the store refused).
/// Threads: one, at start; it blocks until the user is durable.
std::optional<User> ensure_first_admin(Accounts& accounts, const std::string& email,
                                       const std::function<Secret()>& password);

/// A new code of 80 random bits, for a person to type: "K7QX-…". Threads: any.
Secret new_setup_code();

/// Lets the one who has a code make the first administrator, once.
///
/// Threads: any.
class SetupCode {
  public:
    explicit SetupCode(const Secret& code);

    /// Whether nobody is an administrator yet.
    bool is_open(const Accounts& accounts) const;

    /// Compares it without regard to case, spaces and hyphens; one that is refused may be tried
    /// again. Errors: `forbidden` (it is not open, or another one is at it), `invalid_credentials`
    /// (another code), as of `Accounts::sign_up`.
    /// Lifetime: it and the accounts outlive the awaitable.
    boost::asio::awaitable<Attempt<User>> make_admin(Accounts& accounts, ClientInfo from,
                                                     Secret code, NewAccount account);

  private:
    const SessionDigest digest_;
    std::atomic<bool> in_use_ = false;
};

}  // namespace roster::accounts
