#pragma once

// The first administrator of a store that has none.
// Knows no command line: where the e-mail and the password come from is for the caller to say.

#include <roster/secret.hpp>
#include <roster/user.hpp>

#include <functional>
#include <optional>
#include <string>

namespace roster::accounts {

class Accounts;

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

}  // namespace roster::accounts
