#pragma once

// Who asks, and from where.

#include "accounts/client_info.hpp"
#include "accounts/principal.hpp"

#include <utility>

namespace roster::accounts {

class RequestContext {
  public:
    explicit RequestContext(Principal who, ClientInfo from = {})
        : principal(who), origin(std::move(from)) {}

    Principal principal;
    ClientInfo origin;
};

/// What was proved once, and goes for as long as its user's credentials stay what they were: a
/// connection's log-in.
class AuthenticatedLogin {
  public:
    explicit AuthenticatedLogin(const User& user)
        : id(user.id), credentials_revision(user.credentials_revision) {}

    UserId id;
    Revision credentials_revision;
};

}  // namespace roster::accounts
