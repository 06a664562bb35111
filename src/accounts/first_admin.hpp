#pragma once

// The first administrator of a store that has none.
// Knows no command line: where the e-mail and the password come from is another's business.

#include <roster/secret.hpp>
#include <roster/user.hpp>

#include <functional>
#include <optional>
#include <string>

namespace roster::accounts {

class Accounts;

/// Makes the first administrator, and gives him; nothing where there is one already, and then the
/// password is not even asked for.
///
/// An ordinary user with this e-mail is not promoted: anybody may have signed up under it before
/// the operator came, and would be handed the house.
///
/// Throws: `StartupError` (`email_taken`; `email_…`, `password_…` where they are not valid; or why
/// the store refused).
/// Threads: one, at start; it blocks until the user is durable.
std::optional<User> ensure_first_admin(Accounts& accounts, const std::string& email,
                                       const std::function<Secret()>& password);

}  // namespace roster::accounts
