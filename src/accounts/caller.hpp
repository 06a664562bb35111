#pragma once

// Who asks, and from where.

#include "accounts/origin.hpp"
#include "accounts/principal.hpp"

#include <utility>

namespace roster::accounts {

class Caller {
  public:
    explicit Caller(Principal who, Origin from = {}) : principal(who), origin(std::move(from)) {}

    Principal principal;
    Origin origin;
};

/// What was proved once, and goes for as long as its user's credentials stay what they were: a
/// connection's log-in.
class Proof {
  public:
    explicit Proof(const User& user)
        : id(user.id), credentials_revision(user.credentials_revision) {}

    UserId id;
    Revision credentials_revision;
};

}  // namespace roster::accounts
